/// @file
/// What a spiking network holds, and the references to its parts that users hold.
#pragma once

#include <memory>

#include "hebb/core/digest.hpp"
#include "hebb/spiking/clock.hpp"

namespace hebb {

/// What a network is made with.
struct SpikingNetworkSettings {
  double dt_ms = 0.1;      ///< length of a step; > 0
  std::uint64_t seed = 0;  ///< of all random numbers
  /// At most so many neurons of a population are advanced together, rounded up to a multiple of 16;
  /// > 0. Smaller blocks divide better among threads and processes. The random numbers of a
  /// PoissonDrive depend on it.
  Index neurons_per_block = 4096;
  std::shared_ptr<SpikingRanks> ranks = nullptr;  ///< where processes share the network
};

/// A population of a network.
struct PopulationRef {
  std::shared_ptr<const int> network;  ///< which one
  Index index, size;                   ///< its number in the network, and its neurons
};

/// A projection of a network, whose synapses learn by a rule or are fixed (None).
template <typename Rule>
struct ProjectionRef {
  std::shared_ptr<const int> network;  ///< which one
  Index index;                         ///< its number in the network
};

/// Initial weights, delays and receptor of the synapses of a projection.
struct SynapseOptions {
  Values weight = 1.0;                   ///< in the unit of the receptor
  Values delay_ms = 0.1;                 ///< at least one step; drawn delays are rounded to steps
  Receptor onto = receptor::excitatory;  ///< where spikes act
  /// Whose spikes teach a supervised rule. They count at the moment at which they are emitted, as
  /// those of the postsynaptic neurons do, without a delay.
  const PopulationRef* target = nullptr;
};

/// The connections of a pattern, or Connections themselves. Throws ShapeError for another shape,
/// and what Connections::check throws.
Connections connections_by(const auto& pattern, Shape shape, const Random& random,
                           const std::string& what) {
  Connections result;
  if constexpr (requires { pattern(shape, random); })
    result = pattern(shape, random);
  else
    result = pattern;
  require<ShapeError>(result.shape.pre == shape.pre && result.shape.post == shape.post, what,
                      ": the connections are from ", result.shape.pre, " to ", result.shape.post,
                      " neurons, not from ", shape.pre, " to ", shape.post);
  result.check();
  return result;
}

/// Populations, projections and the clock, and what must be saved of them.
template <typename Scalar>
class SpikingNetworkParts {
 public:
  /// Throws InvalidParameter for settings out of their range.
  explicit SpikingNetworkParts(const SpikingNetworkSettings& settings)
      : random{.seed = settings.seed},
        neurons_per_block(settings.neurons_per_block),
        ranks(settings.ranks),
        clock(settings.dt_ms, settings.ranks.get()) {
    require_positive("SpikingNetwork", "dt_ms", settings.dt_ms);
    require_positive("SpikingNetwork", "neurons_per_block", settings.neurons_per_block);
    sign(&settings.dt_ms, sizeof settings.dt_ms);
    sign(&settings.seed, sizeof settings.seed);
  }

  /// Of the references to its parts.
  const std::shared_ptr<const int> identity = std::make_shared<const int>(0);
  const Random random;                        ///< all others are streams of it
  const Index neurons_per_block;              ///< see SpikingNetworkSettings
  const std::shared_ptr<SpikingRanks> ranks;  ///< see SpikingNetworkSettings
  Clock<Scalar> clock;                        ///< counts the steps, and makes them
  /// In the order in which they were added.
  std::vector<std::unique_ptr<NetworkPopulation<Scalar>>> populations;
  std::vector<Projection<Scalar>> projections;  ///< in the order in which they were made

  /// Throws InvalidParameter for a population of another network.
  NetworkPopulation<Scalar>& population(const PopulationRef& ref) {
    require(ref.network == identity, "SpikingNetwork: a population of another network");
    return *populations[std::size_t(ref.index)];
  }
  /// Throws InvalidParameter for a projection of another network.
  Projection<Scalar>& projection(const auto& ref) {
    require(ref.network == identity, "SpikingNetwork: a projection of another network");
    return projections[std::size_t(ref.index)];
  }
  /// The index of a population whose spikes teach another one. Throws ShapeError for another size,
  /// InvalidParameter where one of the two would be teacher and taught at once: its spikes would be
  /// needed before they are known.
  Index teacher(const PopulationRef& target, const PopulationRef& post, const std::string& what) {
    require<ShapeError>(population(target).size == population(post).size, what, ": the target has ",
                        target.size, " neurons, not ", post.size);
    const auto refuse = [&](Index both) {
      require(false, what, ": population ", populations[std::size_t(both)]->name,
              " cannot both have a target and be one");
    };
    if (target.index == post.index) refuse(post.index);
    for (const Projection<Scalar>& other : projections) {
      if (other.target < 0) continue;
      if (other.post == target.index) refuse(target.index);
      if (other.target == post.index) refuse(post.index);
    }
    return target.index;
  }

  /// Continues the signature, a hash of what a checkpoint does not hold: connections, fixed
  /// weights, delays, seed and step.
  void sign(const void* data, std::size_t size) { signature_ = fnv1a(data, size, signature_); }

  /// To be called when anything was added.
  void changed() { changed_ = true; }
  /// To be called when a state is handed to a user, who may change it.
  void shown() { checked_ = false; }

  /// Call it before steps are made: connects the clock to what has changed or was loaded. Throws
  /// InvalidParameter where a checkpoint holds what no run of this network can have left.
  void prepare() {
    if (!checked_ || changed_) check();
    checked_ = true;
    if (!changed_) return;
    require(loaded_signature_ == 0 || loaded_signature_ == signature_,
            "SpikingNetwork: the checkpoint is of a network with other connections, weights, "
            "delays, step or seed");
    clock.connect(populations, projections);
    if (loaded_signature_ != 0) {
      require(clock.step >= 0 && clock.step < std::int64_t(1) << 53, "SpikingNetwork: step ",
              clock.step, " in a checkpoint");
      for (std::size_t p = 0; p < populations.size(); ++p) load_in_flight(p);
    }
    loaded_signature_ = 0;
    changed_ = false;
  }

  /// The saved state.
  void each(auto& visit) {
    if (!changed_)
      for (std::size_t p = 0; p < populations.size(); ++p) save_in_flight(p);
    in_flight_.resize(populations.size(), Matrix<std::int64_t>(2, 0));
    loaded_signature_ = signature_;
    visit("network", label_of<"SpikingNetwork">);
    visit("signature", loaded_signature_);
    visit("step", clock.step);
    for (std::size_t p = 0; p < populations.size(); ++p) {
      NetworkPopulation<Scalar>& own = *populations[p];
      visit(std::string_view(own.name + ".in_flight"), in_flight_[p]);
      for (std::size_t b = 0; b < own.parts.size(); ++b) {
        const std::string prefix = sentence(own.name, ".", b, ".");
        auto& part = own.parts[b];
        if (!part.own) continue;
        visit_arrays(part.block->arrays(), prefix, visit);
        for (std::size_t k = 0; k < part.currents.size(); ++k)
          visit_arrays(part.currents[k]->arrays(), sentence(prefix, "current", k, "."), visit);
        for (std::size_t k = 0; k < part.drives.size(); ++k)
          visit_arrays(part.drives[k].injection->arrays(), sentence(prefix, "drive", k, "."),
                       visit);
      }
    }
    for (std::size_t q = 0; q < projections.size(); ++q)
      for (const auto& part : projections[q].parts)
        visit_arrays(part.bundle->arrays(),
                     sentence("projection", q, ".block", part.block, ".delay", part.delay, "."),
                     visit);
    changed_ = true;  // the visitor may have changed everything
  }

 private:
  void check() const {
    for (const auto& population : populations)
      for (const auto& part : population->parts) part.block->check();
    for (const auto& projection : projections)
      for (const auto& part : projection.parts) part.bundle->check();
  }

  /// Lists the spikes that may still arrive somewhere.
  void save_in_flight(std::size_t p) {
    in_flight_.resize(populations.size());
    const SpikeHistory& history = populations[p]->history;
    history.write(std::max<std::int64_t>(1, clock.step + 1 - history.moments()), clock.step,
                  in_flight_[p]);
  }

  void load_in_flight(std::size_t p) {
    NetworkPopulation<Scalar>& own = *populations[p];
    SpikeHistory& history = own.history;
    history.reset(history.moments());
    const std::int64_t oldest = std::max<std::int64_t>(1, clock.step + 1 - history.moments());
    const Matrix<std::int64_t>& spikes = in_flight_[p];
    require(spikes.rows() == 2 || spikes.size() == 0, "SpikingNetwork: a table of spikes of ",
            own.name, " with ", spikes.rows(), " rows");
    for (Index k = 0; k < spikes.cols(); ++k) {
      const std::int64_t moment = spikes(0, k), neuron = spikes(1, k);
      const bool after = k == 0 || moment > spikes(0, k - 1) ||
                         (moment == spikes(0, k - 1) && neuron > spikes(1, k - 1));
      require(after && moment >= oldest && moment <= clock.step && neuron >= 0 && neuron < own.size,
              "SpikingNetwork: neuron ", neuron, " of ", own.name, " cannot have a spike of step ",
              moment, " in flight at step ", clock.step);
    }
    Index k = 0;
    for (std::int64_t moment = oldest; moment <= clock.step; ++moment) {
      history.begin(moment);
      for (; k < spikes.cols() && spikes(0, k) == moment; ++k) {
        const Index neuron = spikes(1, k);
        history.add({&neuron, 1});
      }
    }
  }

  std::vector<Matrix<std::int64_t>> in_flight_;
  std::uint64_t signature_ = fnv1a(nullptr, 0), loaded_signature_ = 0;
  bool changed_ = true, checked_ = false;
};

}  // namespace hebb

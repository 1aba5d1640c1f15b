/// @file
/// Bundles of synapses: those of a projection that end on one block of neurons and share a delay.
///
/// A bundle is what a network works with from moment to moment. Its type is erased, so that any
/// rule fits: one virtual call per moment.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "hebb/spiking/any_array.hpp"
#include "hebb/spiking/arriving.hpp"
#include "hebb/spiking/connectivity.hpp"
#include "hebb/spiking/spike_history.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/transmission.hpp"

namespace hebb {

/// What happens at a bundle at one moment. Borrowed for one call.
template <typename Scalar>
struct BundleMoment {
  double time_ms;                   ///< end of the step
  std::span<const Index> arrivals;  ///< presynaptic neurons whose spikes arrive
  std::span<const Index> emitted;   ///< neurons of the block that spike
  std::span<const Index> target;    ///< neurons of the block that should have spiked
  const Scalar* potential_mv;       ///< of the block
};

/// What happens at a bundle in some consecutive steps, which are made at once. Borrowed for one
/// call. Steps are counted from 0.
template <typename Scalar>
struct BundleSteps {
  std::int64_t first;                      ///< the moment that ends the first step
  Index steps;                             ///< number of steps, > 0
  double dt_ms;                            ///< length of a step
  const SpikeHistory* source = nullptr;    ///< of presynaptic neurons
  Index delay = 0;                         ///< from emission to arrival, steps
  const SpikesByStep* emitted = nullptr;   ///< by the neurons of the block
  Index emitted_before = 0;                ///< how many steps `emitted` holds before the first
  bool any_emitted = false;                ///< whether there are spikes in `emitted`
  PotentialTiles<Scalar> potentials = {};  ///< after each step, for bundles that learn from them

  double time_ms(Index n) const { return double(first + n) * dt_ms; }  ///< of the end of step n
  /// Whether spikes arrive in these steps.
  bool any_arrive() const { return source->any(first - delay, first - delay + steps - 1); }
  /// Neurons whose spikes arrive in step n.
  std::span<const Index> arrivals(Index n) const { return source->at(first - delay + n); }
  /// Neurons of the block that spike in step n.
  std::span<const Index> emissions(Index n) const { return emitted->at(emitted_before + n); }
};

/// How a bundle can be advanced by several steps at once. What arrives in them is transmitted
/// before the neurons have made them.
enum class Ahead {
  never,            ///< moment by moment, by `advance`
  fixed,            ///< weights do not change
  from_spikes,      ///< a weight depends on the spikes of its own neuron, and is corrected then
  from_potentials,  ///< weights change only after the steps that `steps_ahead` allows
};

/// Synapses of one delay onto the neurons of one block, whatever their rule.
template <typename Scalar>
class Bundle {
 public:
  virtual ~Bundle() = default;

  /// Transmits the spikes that arrive to the receptor's variable, and lets the rule learn.
  virtual void advance(const BundleMoment<Scalar>& moment, Scalar* receptor) = 0;

  virtual Ahead ahead() const { return Ahead::never; }  ///< how several steps can be made at once

  /// How many of some steps a bundle that learns can transmit at once, at least 1.
  virtual Index steps_ahead(const BundleSteps<Scalar>& next) { return next.steps; }

  /// Transmits the spikes that arrive in some steps.
  virtual void transmit(const BundleSteps<Scalar>&, Arriving<Scalar>&) {}

  /// Lets a rule learn from the spikes of steps that were made. Corrects what was transmitted with
  /// a weight that has changed before the spike arrived, and lists the neurons that it reached.
  virtual void learn_from_spikes(const BundleSteps<Scalar>&, Arriving<Scalar>&,
                                 std::vector<Index>&) {}

  /// Where a bundle that learns from potentials wants those of the next steps.
  virtual PotentialTiles<Scalar> potentials() { return {}; }
  virtual void learn_from_potentials(const BundleSteps<Scalar>&) {}  ///< called after these steps

  virtual void check() const {}  ///< throws unless a state that was loaded or set fits the bundle
  virtual void settle() {}       ///< brings postponed weights up to date
  virtual Index begin(Index pre) const = 0;      ///< the first synapse of a presynaptic neuron
  virtual Index end(Index pre) const = 0;        ///< behind its last synapse
  virtual Index post(Index synapse) const = 0;   ///< in the block
  virtual std::vector<NamedArray> arrays() = 0;  ///< the saved state

  /// The values of an array of the saved state. Throws InvalidParameter, with the names there are,
  /// for another name.
  virtual Vector<Scalar> values(std::string_view name) {
    Vector<Scalar> result;
    std::string known;
    for (const NamedArray& named : arrays()) {
      known += sentence(known.empty() ? "" : ", ", named.name);
      if (named.name != name) continue;
      std::visit(
          [&](const auto* array) {
            using Array = std::remove_cvref_t<decltype(*array)>;
            if constexpr (std::is_arithmetic_v<Array>)
              result = Vector<Scalar>::Constant(1, Scalar(*array));
            else if constexpr (!std::is_same_v<Array, Label>)
              result = array->template cast<Scalar>().reshaped();
          },
          named.array);
      return result;
    }
    throw InvalidParameter(sentence("the synapses have no array ", name, ", but ", known));
  }
};

/// Synapses with fixed weights, ordered by presynaptic neuron.
///
/// Memory: 2 bytes per synapse, and its weight where weights differ.
template <typename Scalar, typename Transmission>
class FixedBundle final : public Bundle<Scalar> {
 public:
  /// Throws InvalidParameter for more neurons in the block than 2 bytes can number, NonFinite for a
  /// weight that the scalar type cannot hold.
  FixedBundle(const Connections& connections, const Vector<double>& weights,
              const Transmission& transmission)
      : transmission_(transmission), state_(transmission.init(connections.shape.pre)) {
    require(connections.shape.post <= 1 << 16, "FixedBundle: a block has at most ", 1 << 16,
            " neurons, not ", connections.shape.post);
    require_finite<Scalar>(weights.template cast<Scalar>(), "FixedBundle: the weight vector");
    first_.assign(connections.first.begin(), connections.first.end());
    post_.assign(connections.post.begin(), connections.post.end());
    const double* const begin = weights.data();
    const bool alike =
        std::all_of(begin, begin + weights.size(), [&](double weight) { return weight == *begin; });
    if (alike)
      one_ = weights.size() == 0 ? Scalar(0) : Scalar(weights(0));
    else
      weights_ = weights.template cast<Scalar>();
  }

  void advance(const BundleMoment<Scalar>& moment, Scalar* receptor) override {
    transmit(moment.time_ms, moment.arrivals, receptor);
  }

  Ahead ahead() const override { return Ahead::fixed; }
  void transmit(const BundleSteps<Scalar>& next, Arriving<Scalar>& arriving) override {
    for (Index n = 0; n < next.steps; ++n)
      if (const auto arrivals = next.arrivals(n); !arrivals.empty())
        transmit(next.time_ms(n), arrivals, arriving.row(n));
  }

  Index begin(Index pre) const override { return first_[std::size_t(pre)]; }
  Index end(Index pre) const override { return first_[std::size_t(pre) + 1]; }
  Index post(Index synapse) const override { return post_[std::size_t(synapse)]; }
  Vector<Scalar> values(std::string_view array) override {
    if (array != "weights") return Bundle<Scalar>::values(array);
    return weights_.size() == 0
               ? Vector<Scalar>(Vector<Scalar>::Constant(Index(post_.size()), one_))
               : weights_;
  }
  std::vector<NamedArray> arrays() override { return arrays_of(state_); }

 private:
  static constexpr std::size_t fetched = 3;  // spikes whose synapses are fetched beforehand

  void transmit(double time_ms, std::span<const Index> arrivals, Scalar* receptor) {
    const std::uint16_t* const post = post_.data();
    const std::int32_t* const first = first_.data();
    const std::size_t spikes = arrivals.size();
    for (std::size_t n = 0; n < spikes; ++n) {
      const Index j = arrivals[n], begin = first[j], end = first[j + 1];
      if (n + fetched < spikes) {
        const std::int32_t later = first[arrivals[n + fetched]];
        __builtin_prefetch(post + later);
        __builtin_prefetch(post + later + 32);
        if (weights_.size() > 0) __builtin_prefetch(weights_.data() + later);
      }
      const Scalar factor = Scalar(transmission_.transmit(time_ms, j, state_));
      if (weights_.size() == 0) {
        const Scalar weight = factor * one_;
        for (Index k = begin; k < end; ++k) receptor[post[k]] += weight;
      } else {
        const Scalar* const weights = weights_.data();
        for (Index k = begin; k < end; ++k) receptor[post[k]] += factor * weights[k];
      }
    }
  }

  std::vector<std::int32_t> first_;
  std::vector<std::uint16_t> post_;
  Vector<Scalar> weights_;  // empty where all are alike
  Scalar one_ = 0;
  Transmission transmission_;
  typename Transmission::State state_;
};

}  // namespace hebb

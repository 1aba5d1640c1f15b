/// @file
/// A network of spiking neurons: populations, projections, any neuron and any rule.
#pragma once

#include <memory>
#include <set>

#include "hebb/core/digest.hpp"
#include "hebb/spiking/clock.hpp"
#include "hebb/spiking/recordings.hpp"
#include "hebb/spiking/sources.hpp"
#include "hebb/spiking/units.hpp"
#include "hebb/spiking/values.hpp"

namespace hebb {

struct SpikingNetworkSettings {
  double dt_ms = 0.1;
  std::uint64_t seed = 0;
};

/// A population of a network.
struct PopulationRef {
  std::shared_ptr<const int> network;  ///< which one
  Index index, size;
};

/// A projection of a network, whose synapses learn by a rule or are fixed (None).
template <typename Rule>
struct ProjectionRef {
  std::shared_ptr<const int> network;
  Index index;
};

/// How the synapses of a projection begin.
struct SynapseOptions {
  Values weight = 1.0;
  Values delay_ms = 0.1;  ///< at least one step; drawn delays are rounded to steps
  Receptor onto = receptor::excitatory;
  const PopulationRef* target = nullptr;  ///< whose spikes a supervised rule is taught
};

/// A network of spiking neurons.
///
/// Populations are added and connected; then `run` advances all of them by one clock (see Clock for
/// what happens in a step). Random numbers come from the seed alone: results are the same bits on
/// any number of threads, however a run is cut into calls or saved and resumed.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$dt\f$ | `dt_ms` | scalar | ms |
/// | \f$V\f$ | `values(population, "potential")` | neurons | mV |
/// | \f$w\f$ | `weights(projection)`, in the order of `connections(projection)` | synapses | as the receptor's |
/// | \f$d\f$ | `delay_ms` | scalar or synapses | ms |
/// | \f$t\f$ | `time_ms()` | scalar | ms |
///
/// Cost: per step, one pass over the variables of all neurons, and one addition per synapse at
/// which a spike arrives; what a rule costs it says itself.
///
/// Throws InvalidParameter or ShapeError, before anything changes, for what does not fit. From run:
/// Divergence, naming population, neuron and time, when a potential is not finite.
template <typename Scalar = float>
class SpikingNetwork {
 public:
  explicit SpikingNetwork(const SpikingNetworkSettings& settings = {})
      : random_{.seed = settings.seed}, clock_(settings.dt_ms) {
    require_positive("SpikingNetwork", "dt_ms", settings.dt_ms);
    sign(&settings.dt_ms, sizeof settings.dt_ms);
    sign(&settings.seed, sizeof settings.seed);
  }

  /// Adds neurons of a model, or sources of spikes. The name appears in errors and in checkpoints.
  template <typename Kind>
  PopulationRef add(const Kind& kind, Index neurons, std::string name = {}) {
    require_new();
    const Index index = Index(populations_.size());
    if (name.empty()) name = sentence("population", index);
    require(neurons > 0, "SpikingNetwork: population ", name, " has ", neurons, " neurons");
    for (const auto& other : populations_)
      require(other->name != name, "SpikingNetwork: two populations are called ", name);
    auto population = std::make_unique<NetworkPopulation<Scalar>>();
    population->name = name;
    population->size = neurons;
    if constexpr (NeuronModel<Kind>) {
      const std::vector<Index> first = NetworkPopulation<Scalar>::block_begins(neurons);
      for (std::size_t b = 0; b + 1 < first.size(); ++b)
        population->parts.push_back({std::make_unique<NeuronBlock<Kind, Scalar>>(
            kind, first[b], first[b + 1] - first[b], dt_ms())});
    } else {
      static_assert(SpikeSource<Kind>, "a population is of a NeuronModel or of a SpikeSource");
      auto input = kind.start(neurons, dt_ms(), random_.stream("population", std::uint64_t(index)));
      population->parts.push_back({std::make_unique<SourceBlock<decltype(input), Scalar>>(input)});
    }
    populations_.push_back(std::move(population));
    changed_ = true;
    return {identity_, index, neurons};
  }

  /// Connects two populations by a pattern, or by Connections. The rule's own weights are used when
  /// it has none of its own to begin with: all begin at `synapses.weight`.
  template <typename Pattern, typename Rule = None, typename Transmission = Direct>
  ProjectionRef<Rule> connect(const PopulationRef& pre, const PopulationRef& post,
                              const Pattern& pattern, const SynapseOptions& synapses = {},
                              const Rule& rule = {}, const Transmission& transmission = {}) {
    require_new();
    NetworkPopulation<Scalar>& target = population(post);
    const Shape shape{.pre = population(pre).size, .post = target.size};
    const Index index = Index(projections_.size());
    const std::string what = sentence("SpikingNetwork: projection ", index, " from ",
                                      population(pre).name, " to ", target.name);
    const Random random = random_.stream("projection", std::uint64_t(index));
    Projection<Scalar> projection{pre.index, post.index, 0};
    projection.shape = shape;
    try {
      projection.variable = target.parts[0].block->receptor(synapses.onto);
    } catch (const InvalidParameter& error) {
      throw InvalidParameter(sentence(what, ": ", error.what()));
    }
    if (synapses.target) {
      require<ShapeError>(population(*synapses.target).size == target.size, what,
                          ": the target has ", population(*synapses.target).size, " neurons, not ",
                          target.size);
      projection.target = synapses.target->index;
    }
    const Connections connections = made(pattern, shape, random, what);
    const Vector<double> weights =
        synapses.weight.take(connections.size(), random.stream("weights"), what + ": weights");
    const std::vector<Index> delays =
        delays_of(synapses.delay_ms, connections.size(), random.stream("delays"), what);
    sign(connections.first.data(), connections.first.size() * sizeof(Index));
    sign(connections.post.data(), connections.post.size() * sizeof(std::int32_t));
    sign(delays.data(), delays.size() * sizeof(Index));
    if constexpr (std::same_as<Rule, None>)
      sign(weights.data(), std::size_t(weights.size()) * sizeof(double));
    projection.split(connections, weights, delays, target.block_begins(),
                     [&](const Connections& piece,
                         const Vector<double>& own) -> std::unique_ptr<Bundle<Scalar>> {
                       if constexpr (std::same_as<Rule, None>)
                         return std::make_unique<FixedBundle<Scalar, Transmission>>(piece, own,
                                                                                    transmission);
                       else
                         return std::make_unique<BundleFor<Scalar, Rule, Transmission>>(
                             piece, own, rule, transmission);
                     });
    projections_.push_back(std::move(projection));
    changed_ = true;
    return {identity_, index};
  }

  /// Sets a variable of all neurons of a population.
  void set(const PopulationRef& ref, std::string_view variable, const Values& values) {
    NetworkPopulation<Scalar>& own = population(ref);
    const std::string what = sentence("SpikingNetwork: ", variable, " of ", own.name);
    const Vector<double> all = values.take(
        own.size, random_.stream("values", std::uint64_t(ref.index)).stream(variable), what);
    for (auto& part : own.parts) {
      Block<Scalar>& block = *part.block;
      Scalar* const to = block.values(block.variable(variable));
      for (Index i = 0; i < block.size; ++i) to[i] = Scalar(all(block.first + i));
    }
  }

  Vector<Scalar> values(const PopulationRef& ref, std::string_view variable) {
    return population(ref).values(variable);
  }

  /// Weights in the order of `connections`, as they are now.
  template <typename Rule>
  Vector<Scalar> weights(const ProjectionRef<Rule>& ref) {
    Projection<Scalar>& own = projection(ref);
    for (auto& part : own.parts) part.bundle->settle();
    Vector<Scalar> result(own.size());
    Index place = 0;
    own.for_each([&](Index, Index, Index part, Index k) {
      result(place++) = Scalar(own.parts[std::size_t(part)].bundle->weight(k));
    });
    return result;
  }

  template <typename Rule>
  Connections connections(const ProjectionRef<Rule>& ref) {
    return projection(ref).connections();
  }

  /// Calls visit(rule, state) for the states of a projection: one per block of postsynaptic neurons
  /// and delay. For what a rule offers beside update, such as a reward.
  template <typename Rule>
  void for_each_state(const ProjectionRef<Rule>& ref, const auto& visit) {
    for (auto& part : projection(ref).parts) for_bundle<Rule>(*part.bundle, visit);
  }

  SpikeRecording record_spikes(const PopulationRef& ref) {
    SpikeRecording recording(population(ref).size, time_ms());
    population(ref).listeners.push_back(
        [recording](const Spikes& spikes) mutable { recording.record(spikes); });
    return recording;
  }

  /// Advances by a time that is a multiple of the step.
  void run(double duration_ms) {
    prepare();
    const std::int64_t end =
        clock_.step + clock_.steps(duration_ms, 0, "SpikingNetwork: the duration");
    while (clock_.step < end) clock_.advance(end - clock_.step);
  }

  double dt_ms() const { return clock_.dt_ms(); }
  double time_ms() const { return clock_.time_ms(); }

  SpikingNetwork(const SpikingNetwork&) = delete;
  SpikingNetwork& operator=(const SpikingNetwork&) = delete;

 private:
  NetworkPopulation<Scalar>& population(const PopulationRef& ref) {
    require(ref.network == identity_, "SpikingNetwork: a population of another network");
    return *populations_[std::size_t(ref.index)];
  }
  Projection<Scalar>& projection(const auto& ref) {
    require(ref.network == identity_, "SpikingNetwork: a projection of another network");
    return projections_[std::size_t(ref.index)];
  }

  void require_new() const {
    require<InvalidCall>(clock_.step == 0,
                         "SpikingNetwork: populations and projections are added before the first "
                         "step");
  }

  static Connections made(const auto& pattern, Shape shape, const Random& random,
                          const std::string& what) {
    Connections result;
    if constexpr (requires { pattern(shape, random); })
      result = pattern(shape, random);
    else
      result = pattern;
    require<ShapeError>(result.shape.pre == shape.pre && result.shape.post == shape.post, what,
                        ": the connections are from ", result.shape.pre, " to ", result.shape.post,
                        " neurons, not from ", shape.pre, " to ", shape.post);
    return result;
  }

  std::vector<Index> delays_of(const Values& values, Index size, const Random& random,
                               const std::string& what) const {
    const Vector<double> times =
        values.take(values.same_for_all() ? 1 : size, random, what + ": delays");
    std::vector<Index> result;
    for (const double time : times)
      result.push_back(values.drawn() ? std::max<Index>(1, std::llround(time / dt_ms()))
                                      : clock_.steps(time, 1, what + ": a delay"));
    return result;
  }

  template <typename Rule>
  static void for_bundle(Bundle<Scalar>& bundle, const auto& visit) {
    auto& learning = dynamic_cast<LearningSynapses<Rule>&>(bundle);
    visit(learning.rule, learning.state);
  }

  void sign(const void* data, std::size_t size) { signature_ = fnv1a(data, size, signature_); }

  void prepare() {
    if (changed_) clock_.connect(populations_, projections_);
    changed_ = false;
  }

  std::shared_ptr<const int> identity_ = std::make_shared<const int>(0);
  Random random_;
  Clock<Scalar> clock_;
  std::vector<std::unique_ptr<NetworkPopulation<Scalar>>> populations_;
  std::vector<Projection<Scalar>> projections_;
  std::uint64_t signature_ = fnv1a(nullptr, 0);  // of what a checkpoint does not hold
  bool changed_ = true;
};

SpikingNetwork(SpikingNetworkSettings)->SpikingNetwork<float>;

}  // namespace hebb

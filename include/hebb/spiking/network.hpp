/// @file
/// A network of spiking neurons: populations, projections, any neuron and any rule.
#pragma once

#include "hebb/spiking/network_parts.hpp"
#include "hebb/spiking/recordings.hpp"
#include "hebb/spiking/sources.hpp"
#include "hebb/spiking/units.hpp"

namespace hebb {

/// A network of spiking neurons.
///
/// Populations are added and connected; then `run` advances all of them by one clock (see Clock for
/// what happens in a step). Random numbers come from the seed alone: results are the same bits on
/// any number of threads, however a run is cut into calls or saved and resumed.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$dt\f$ | `dt_ms` | scalar | ms |
/// | \f$t\f$ | `time_ms()` | scalar | ms |
/// | \f$V\f$ | `values(population, "potential")` | neurons | mV |
/// | \f$I\f$ | `inject(population, current)` | neurons | that of the model's current |
/// | \f$w\f$ | `weights(projection)`, as `connections(projection)` | synapses | of the receptor |
/// | \f$d\f$ | `delay_ms` | scalar or synapses | ms |
///
/// Cost: per step, one pass over the variables of all neurons, and one addition per synapse at
/// which a spike arrives. Synapses of different delays are stored apart: each spike costs one
/// lookup per delay of a projection. The cost of learning is documented with each rule.
///
/// Throws InvalidParameter or ShapeError, before anything changes, for what does not fit. From run:
/// Divergence, naming population, neuron and time, when a potential is not finite or a step is
/// unstable (see NeuronModel).
template <typename Scalar = float>
class SpikingNetwork {
 public:
  /// An empty network. Throws InvalidParameter.
  explicit SpikingNetwork(const SpikingNetworkSettings& settings = {}) : parts_(settings) {}
  SpikingNetwork(const SpikingNetwork&) = delete;
  SpikingNetwork& operator=(const SpikingNetwork&) = delete;

  double dt_ms() const { return parts_.clock.dt_ms(); }      ///< length of a step
  double time_ms() const { return parts_.clock.time_ms(); }  ///< end of the last step

  /// Adds neurons of a model, or sources of spikes. The name appears in errors and in checkpoints.
  template <typename Kind>
  PopulationRef add(const Kind& kind, Index neurons, std::string name = {}) {
    require_new();
    const Index index = Index(parts_.populations.size());
    if (name.empty()) name = sentence("population", index);
    require(neurons > 0 && neurons >> 31 == 0, "SpikingNetwork: population ", name, " has ",
            neurons, " neurons");
    for (const auto& other : parts_.populations)
      require(other->name != name, "SpikingNetwork: two populations are called ", name);
    auto population = std::make_unique<NetworkPopulation<Scalar>>();
    population->name = name;
    population->size = neurons;
    if constexpr (NeuronModel<Kind>) {
      const std::vector<Index> first =
          NetworkPopulation<Scalar>::block_begins(neurons, parts_.neurons_per_block);
      for (std::size_t b = 0; b + 1 < first.size(); ++b) {
        const Index size = first[b + 1] - first[b];
        population->parts.push_back(
            {std::make_unique<NeuronBlock<Kind, Scalar>>(kind, first[b], size, dt_ms())});
        if (parts_.ranks) population->parts.back().own = parts_.ranks->take(size);
      }
    } else {
      static_assert(SpikeSource<Kind>, "a population is of a NeuronModel or of a SpikeSource");
      auto input =
          kind.start(neurons, dt_ms(), parts_.random.stream("population", std::uint64_t(index)));
      population->parts.push_back({std::make_unique<SourceBlock<decltype(input), Scalar>>(input)});
    }
    parts_.populations.push_back(std::move(population));
    parts_.changed();
    return {parts_.identity, index, neurons};
  }

  /// Connects two populations by a pattern, or by Connections. All weights begin at
  /// `options.weight`, those of a rule too.
  template <typename Pattern, typename Rule = None, typename Transmission = Direct>
  ProjectionRef<Rule> connect(const PopulationRef& pre, const PopulationRef& post,
                              const Pattern& pattern, const SynapseOptions& options = {},
                              const Rule& rule = {}, const Transmission& transmission = {}) {
    require_new();
    NetworkPopulation<Scalar>& to = parts_.population(post);
    const Shape shape{.pre = parts_.population(pre).size, .post = to.size};
    const Index index = Index(parts_.projections.size());
    const std::string what = sentence("SpikingNetwork: projection ", index, " from ",
                                      parts_.population(pre).name, " to ", to.name);
    const Random random = parts_.random.stream("projection", std::uint64_t(index));
    Projection<Scalar> projection{pre.index, post.index, to.receptor(options.onto, what)};
    projection.shape = shape;
    if (options.target) projection.target = parts_.teacher(*options.target, post, what);
    const Connections connections = connections_by(pattern, shape, random, what);
    const Vector<double> weights =
        options.weight.take(connections.size(), random.stream("weights"), what + ": the weight");
    const std::vector<Index> delays =
        parts_.clock.delays(options.delay_ms, connections.size(), random.stream("delays"), what);
    parts_.sign(connections.first.data(), connections.first.size() * sizeof(Index));
    parts_.sign(connections.post.data(), connections.post.size() * sizeof(std::int32_t));
    parts_.sign(delays.data(), delays.size() * sizeof(Index));
    if constexpr (std::same_as<Rule, None>)
      parts_.sign(weights.data(), std::size_t(weights.size()) * sizeof(double));
    projection.split(
        connections, weights, delays, to.block_begins(),
        [&](Index block) { return to.parts[std::size_t(block)].own; },
        [&](const Connections& piece, const Vector<double>& own) {
          return make_bundle<Scalar>(piece, own, rule, transmission);
        });
    parts_.projections.push_back(std::move(projection));
    parts_.changed();
    return {parts_.identity, index};
  }

  /// Injects a current into the neurons of a population: a CurrentSource, or a function of time, or
  /// of neuron and time in ms. Currents add up.
  template <typename Current>
  void inject(const PopulationRef& ref, const Current& current) {
    if constexpr (CurrentSource<Current>)
      place(ref, current,
            [](auto& part, auto injection) { part.currents.push_back(std::move(injection)); });
    else
      inject(ref, FunctionCurrent<Current>{current});
  }

  /// Independent Poisson spikes to every neuron, which arrive at a receptor.
  void inject(const PopulationRef& ref, const PoissonDrive& drive) {
    NetworkPopulation<Scalar>& own = parts_.population(ref);
    const Index variable =
        own.receptor(drive.onto, sentence("SpikingNetwork: the drive of ", own.name));
    place(ref, drive, [&](auto& part, auto injection) {
      part.drives.push_back({variable, std::move(injection)});
    });
  }

  /// Sets a variable of all neurons of a population.
  void set(const PopulationRef& ref, std::string_view variable, const Values& values) {
    NetworkPopulation<Scalar>& own = parts_.population(ref);
    const Random random = parts_.random.stream("values", std::uint64_t(ref.index)).stream(variable);
    own.set(variable, values.take(own.size, random,
                                  sentence("SpikingNetwork: ", variable, " of ", own.name)));
  }

  /// A variable of all neurons, as it is now. Throws InvalidParameter for an unknown name.
  Vector<Scalar> values(const PopulationRef& ref, std::string_view variable) {
    return parts_.population(ref).values(variable);
  }

  /// Weights in the order of `connections`, as they are now.
  template <typename Rule>
  Vector<Scalar> weights(const ProjectionRef<Rule>& ref) {
    return parts_.projection(ref).weights();
  }

  /// The synapses, in the order of their weights.
  template <typename Rule>
  Connections connections(const ProjectionRef<Rule>& ref) {
    return parts_.projection(ref).connections();
  }

  /// An array of a rule's state: one value per synapse in the order of `connections`, or the values
  /// of all blocks one after the other.
  template <typename Rule>
  Vector<Scalar> values(const ProjectionRef<Rule>& ref, std::string_view array) {
    return parts_.projection(ref).values(array);
  }

  /// Calls visit(rule, state) for the states of a projection: one per block of postsynaptic neurons
  /// and delay. For what a rule offers beside update, such as a reward, and for changes by hand.
  template <typename Rule>
  void for_each_state(const ProjectionRef<Rule>& ref, const auto& visit) {
    parts_.shown();
    for (auto& part : parts_.projection(ref).parts) {
      auto& learning = dynamic_cast<LearningSynapses<Rule>&>(*part.bundle);
      visit(learning.rule, learning.state);
    }
  }

  /// Calls listener(spikes) at every moment with spikes, in the order of moments.
  void listen(const PopulationRef& ref, std::function<void(const Spikes&)> listener) {
    add_listener(ref, std::move(listener), false);
  }

  /// Keeps all spikes from now on.
  SpikeRecording record_spikes(const PopulationRef& ref) {
    SpikeRecording recording(parts_.population(ref).size, time_ms());
    add_listener(
        ref, [recording](const Spikes& spikes) mutable { recording.record(spikes); }, true);
    return recording;
  }

  /// The mean rate of a population in bins of time, which are at least one step long.
  RateRecording record_rate(const PopulationRef& ref, double bin_ms) {
    require(bin_ms >= dt_ms(), "SpikingNetwork: a bin of ", bin_ms,
            " ms is shorter than the step of ", dt_ms(), " ms");
    RateRecording recording(parts_.population(ref).size, time_ms(), bin_ms);
    const auto record = [recording, dt = dt_ms()](const Spikes& spikes) mutable {
      recording.record(spikes, dt);
    };
    add_listener(ref, record, true);
    return recording;
  }

  /// A variable of some neurons, now and whenever the time is a multiple of the interval.
  SampleRecording<Scalar> record(const PopulationRef& ref, std::string variable,
                                 std::vector<Index> neurons, double interval_ms) {
    NetworkPopulation<Scalar>& own = parts_.population(ref);
    for (const Index neuron : neurons)
      require<ShapeError>(neuron >= 0 && neuron < own.size, "SpikingNetwork: there is no neuron ",
                          neuron, " to record in ", own.name);
    return sampled(interval_ms, [&own, variable, neurons] {
      const Vector<Scalar> all = own.values(variable);
      Vector<Scalar> result(Index(neurons.size()));
      for (std::size_t k = 0; k < neurons.size(); ++k) result(Index(k)) = all(neurons[k]);
      return result;
    });
  }

  /// All weights of a projection, likewise.
  template <typename Rule>
  SampleRecording<Scalar> record_weights(const ProjectionRef<Rule>& ref, double interval_ms) {
    return record(ref, "weights", interval_ms);
  }

  /// An array of a rule's state, as `values` gives it, likewise.
  template <typename Rule>
  SampleRecording<Scalar> record(const ProjectionRef<Rule>& ref, std::string array,
                                 double interval_ms) {
    parts_.projection(ref);
    return sampled(interval_ms, [this, ref, array] { return values(ref, array); });
  }

  /// Advances by a time that is a multiple of the step. Calls progress(time_ms) about ten times per
  /// simulated second and at the end.
  void run(double duration_ms, const auto& progress) {
    parts_.prepare();
    Clock<Scalar>& clock = parts_.clock;
    const std::int64_t begin = clock.step,
                       end = begin + clock.steps(duration_ms, 0, "SpikingNetwork: the duration");
    const auto report = std::max<std::int64_t>(1, std::llround(100 / dt_ms()));
    while (clock.step < end) {
      const std::int64_t stop = std::min(end, (clock.step / report + 1) * report);
      clock.advance_to(stop);
      progress(time_ms());
    }
  }
  /// The same without progress.
  void run(double duration_ms) {
    run(duration_ms, [](double) {});
  }

  /// The saved state, spikes in flight included. A network that was built alike and has made no
  /// step, loaded with it, continues as this one would. Recordings are not part of it.
  void each(auto&& visit) { parts_.each(visit); }

 private:
  void require_new() const {
    require<InvalidCall>(!parts_.clock.begun(),
                         "SpikingNetwork: populations, projections and currents are added before "
                         "the first step");
  }

  void add_listener(const PopulationRef& ref, std::function<void(const Spikes&)> hear,
                    bool always) {
    parts_.population(ref).listeners.push_back({std::move(hear), always});
    parts_.clock.hear(parts_.population(ref));
  }

  void place(const PopulationRef& ref, const auto& source, const auto& put) {
    require_new();
    NetworkPopulation<Scalar>& own = parts_.population(ref);
    require(own.parts[0].block->padded() > 0, "SpikingNetwork: ", own.name,
            " are sources of spikes and take no current");
    const Random random = parts_.random.stream("injection", injections_++);
    for (auto& part : own.parts) {
      auto running = source.start({part.block->first, part.block->size, own.size, dt_ms(), random});
      put(part, std::make_unique<InjectionOf<Scalar, decltype(running)>>(std::move(running)));
    }
    parts_.changed();
  }

  SampleRecording<Scalar> sampled(double interval_ms, auto values) {
    SampleRecording<Scalar> recording;
    const Index interval =
        parts_.clock.steps(interval_ms, 1, "SpikingNetwork: the interval of a recording");
    recording.record(time_ms(), values());
    parts_.clock.add_sampler(
        interval, [recording, values](double time) mutable { recording.record(time, values()); });
    return recording;
  }

  SpikingNetworkParts<Scalar> parts_;
  std::uint64_t injections_ = 0;
};

/// The scalar type is float unless it is named.
SpikingNetwork(SpikingNetworkSettings)->SpikingNetwork<float>;

}  // namespace hebb

// Spiking networks: populations, projections with rules, currents and recordings.
#include <pybind11/stl.h>

#include "binding.hpp"
#include "hebb/spiking/network.hpp"
#include "hebb/spiking/neurons/adex.hpp"
#include "hebb/spiking/neurons/conductance_lif.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/neurons/delta_lif.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/rules/pair_stdp.hpp"
#include "hebb/spiking/rules/triplet.hpp"

namespace binding {

using namespace hebb;

namespace {

/// A network, as Python sees it.
struct Network final : Stateful {
  SpikingNetwork<float> network;

  explicit Network(const SpikingNetworkSettings& settings) : network(settings) {}
  std::vector<NamedArray> arrays() override { return arrays_of(network); }
};
using NetworkClass = py::class_<Network, Stateful>;

/// A projection of any rule.
using ProjectionHandle = ProjectionRef<None>;

/// A pattern of connections of any type.
struct Pattern {
  std::function<Connections(Shape, const Random&)> make;
  Connections operator()(Shape shape, const Random& random) const { return make(shape, random); }
};

constexpr auto no_fields = [](auto&) { return Fields{}; };
constexpr auto uniform_fields = [](auto& v) { return Fields{{"low", &v.low}, {"high", &v.high}}; };
constexpr auto normal_fields = [](auto& v) {
  return Fields{
      {"mean", &v.mean}, {"deviation", &v.deviation}, {"lower", &v.lower}, {"upper", &v.upper}};
};
using UniformConstant = ConstantOf<Uniform, decltype(uniform_fields)>;
using NormalConstant = ConstantOf<Normal, decltype(normal_fields)>;

/// A number, a distribution, or an array with a number for each.
Values values_of(const py::object& given, const char* what) {
  if (py::isinstance<UniformConstant>(given)) return given.cast<UniformConstant&>().value;
  if (py::isinstance<NormalConstant>(given)) return given.cast<NormalConstant&>().value;
  const auto numbers =
      py::array_t<double, py::array::c_style | py::array::forcecast>::ensure(given);
  if (!numbers || numbers.ndim() > 1) {
    PyErr_Clear();
    throw py::type_error(sentence(what,
                                  " must be a number, an array of one dimension, Uniform or "
                                  "Normal, got ",
                                  printed(given)));
  }
  if (numbers.ndim() == 0) return *numbers.data();
  return Vector<double>(Eigen::Map<const Vector<double>>(numbers.data(), numbers.size()));
}

template <typename Kind, typename FieldsOf>
void bind_population(py::module_& m, NetworkClass& network, const char* name, const char* doc,
                     const FieldsOf&) {
  using Bound = ConstantOf<Kind, FieldsOf>;
  bind_constant<Bound>(m, name, doc, Kind{});
  const auto add = [](Network& self, const Bound& kind, Index neurons, const std::string& label) {
    return self.network.add(kind.value, neurons, label);
  };
  network.def("add", add, "kind"_a, "neurons"_a, "name"_a = "");
}

template <typename Kind, typename FieldsOf>
void bind_pattern(py::module_& m, py::class_<Pattern>& pattern, const char* name, const char* doc,
                  const FieldsOf&) {
  using Bound = ConstantOf<Kind, FieldsOf>;
  bind_constant<Bound>(m, name, doc, Kind{});
  pattern.def(py::init([](const Bound& kind) { return Pattern{kind.value}; }));
  py::implicitly_convertible<Bound, Pattern>();
}

template <typename Current, typename FieldsOf>
void bind_current(py::module_& m, NetworkClass& network, const char* name, const char* doc,
                  const FieldsOf&) {
  using Bound = ConstantOf<Current, FieldsOf>;
  bind_constant<Bound>(m, name, doc, Current{});
  const auto inject = [](Network& self, const PopulationRef& population, const Bound& current) {
    self.network.inject(population, current.value);
  };
  network.def("inject", inject, "population"_a, "current"_a);
}

/// Without a rule, None, the synapses are fixed.
template <typename Rule>
ProjectionHandle connect(Network& self, const PopulationRef& pre, const PopulationRef& post,
                         const Pattern& pattern, const Rule& rule, const py::object& weight,
                         const py::object& delay_ms, const std::string& onto) {
  const SynapseOptions options{.weight = values_of(weight, "weight"),
                               .delay_ms = values_of(delay_ms, "delay_ms"),
                               .onto = {onto}};
  const auto made = self.network.connect(pre, post, pattern, options, rule);
  return {made.network, made.index};
}

template <typename Rule, typename FieldsOf>
void bind_synapses(py::module_& m, NetworkClass& network, const char* name, const char* doc,
                   const FieldsOf&, const Rule& defaults) {
  using Bound = ConstantOf<Rule, FieldsOf>;
  bind_constant<Bound>(m, name, doc, defaults);
  const auto with_rule = [](Network& self, const PopulationRef& pre, const PopulationRef& post,
                            const Pattern& pattern, const Bound& rule, const py::object& weight,
                            const py::object& delay_ms, const std::string& onto) {
    return connect(self, pre, post, pattern, rule.value, weight, delay_ms, onto);
  };
  network.def("connect", with_rule, "pre"_a, "post"_a, "pattern"_a, py::kw_only(), "rule"_a,
              "weight"_a = 1, "delay_ms"_a = 0.1, "onto"_a = "excitatory");
}

void bind_kinds(py::module_& m, NetworkClass& network) {
  bind_population<PoissonNeurons>(m, network, "PoissonNeurons", "Independent Poisson spikes.",
                                  [](auto& n) {
                                    return Fields{{"rate_hz", &n.rate_hz}};
                                  });
  bind_population<CurrentLif>(m, network, "CurrentLif",
                              "Integrate-and-fire neurons with synaptic currents, in mV.",
                              [](auto& n) {
                                return Fields{{"rest_mv", &n.rest_mv},
                                              {"reset_mv", &n.reset_mv},
                                              {"threshold_mv", &n.threshold_mv},
                                              {"tau_mem_ms", &n.tau_mem_ms},
                                              {"tau_exc_ms", &n.tau_exc_ms},
                                              {"tau_inh_ms", &n.tau_inh_ms},
                                              {"refractory_ms", &n.refractory_ms}};
                              });
  bind_population<DeltaLif>(m, network, "DeltaLif",
                            "Integrate-and-fire neurons whose potential jumps at a spike, in mV.",
                            [](auto& n) {
                              return Fields{{"rest_mv", &n.rest_mv},
                                            {"reset_mv", &n.reset_mv},
                                            {"threshold_mv", &n.threshold_mv},
                                            {"tau_mem_ms", &n.tau_mem_ms},
                                            {"refractory_ms", &n.refractory_ms}};
                            });
  bind_population<AdEx>(m, network, "AdEx",
                        "Adaptive exponential integrate-and-fire neurons; currents in pA.",
                        [](auto& n) {
                          return Fields{{"capacitance_pf", &n.capacitance_pf},
                                        {"leak_ns", &n.leak_ns},
                                        {"rest_mv", &n.rest_mv},
                                        {"reset_mv", &n.reset_mv},
                                        {"slope_mv", &n.slope_mv},
                                        {"threshold_rest_mv", &n.threshold_rest_mv},
                                        {"threshold_max_mv", &n.threshold_max_mv},
                                        {"peak_mv", &n.peak_mv},
                                        {"peak_ms", &n.peak_ms},
                                        {"a_ns", &n.a_ns},
                                        {"b_pa", &n.b_pa},
                                        {"i_sp_pa", &n.i_sp_pa},
                                        {"tau_w_ms", &n.tau_w_ms},
                                        {"tau_z_ms", &n.tau_z_ms},
                                        {"tau_threshold_ms", &n.tau_threshold_ms},
                                        {"tau_exc_ms", &n.tau_exc_ms},
                                        {"tau_inh_ms", &n.tau_inh_ms}};
                        });

  py::class_<RecordedNeurons>(m, "RecordedNeurons", "Neurons whose spikes are known beforehand.")
      .def(py::init([](const std::vector<double>& times_ms, const std::vector<Index>& neurons) {
             return RecordedNeurons{times_ms, neurons};
           }),
           py::kw_only(), "times_ms"_a, "neurons"_a);
  const auto add_recorded = [](Network& self, const RecordedNeurons& kind, Index neurons,
                               const std::string& name) {
    return self.network.add(kind, neurons, name);
  };
  network.def("add", add_recorded, "kind"_a, "neurons"_a, "name"_a = "");
}

void bind_patterns(py::module_& m, py::class_<Pattern>& pattern) {
  bind_pattern<All>(m, pattern, "All", "All to all.", no_fields);
  bind_pattern<OneToOne>(m, pattern, "OneToOne", "Neuron k to neuron k.", no_fields);
  bind_pattern<Randomly>(m, pattern, "Randomly", "Every pair with the same probability.",
                         [](auto& p) {
                           return Fields{{"probability", &p.probability}};
                         });
  bind_pattern<FixedInDegree>(m, pattern, "FixedInDegree",
                              "The same number of presynaptic partners for every neuron.",
                              [](auto& p) {
                                return Fields{{"in_degree", &p.in_degree}};
                              });
}

constexpr double required = std::numeric_limits<double>::quiet_NaN();

Fields triplet_fields(auto& p) {
  return {{"a2_plus", &p.a2_plus},         {"a3_plus", &p.a3_plus},
          {"a2_minus", &p.a2_minus},       {"a3_minus", &p.a3_minus},
          {"tau_x_ms", &p.tau_x_ms},       {"tau_y_ms", &p.tau_y_ms},
          {"tau_plus_ms", &p.tau_plus_ms}, {"tau_minus_ms", &p.tau_minus_ms}};
}

Fields with_bounds(Fields fields, auto& rule) {
  fields.push_back({"lower", &rule.bounds.lower});
  fields.push_back({"upper", &rule.bounds.upper});
  return fields;
}

void bind_synapse_rules(py::module_& m, NetworkClass& network) {
  const auto fixed = [](Network& self, const PopulationRef& pre, const PopulationRef& post,
                        const Pattern& pattern, const py::object& weight,
                        const py::object& delay_ms, const std::string& onto) {
    return connect(self, pre, post, pattern, None{}, weight, delay_ms, onto);
  };
  network.def("connect", fixed, "pre"_a, "post"_a, "pattern"_a, py::kw_only(), "weight"_a = 1,
              "delay_ms"_a = 0.1, "onto"_a = "excitatory");
  bind_synapses(
      m, network, "PairStdp", "Pair STDP, additive, all pairs of spikes.",
      [](auto& r) {
        auto& p = r.parameters;
        return with_bounds({{"a_plus", &p.a_plus},
                            {"a_minus", &p.a_minus},
                            {"tau_plus_ms", &p.tau_plus_ms},
                            {"tau_minus_ms", &p.tau_minus_ms}},
                           r);
      },
      PairStdp<float>{});
  const TripletParameters<AllToAll> none{required, required, required,
                                         required, required, required};
  bind_synapses(
      m, network, "Triplet", "The triplet rule; `triplet_parameters` holds the published sets.",
      [](auto& r) { return with_bounds(triplet_fields(r.parameters), r); },
      Triplet<float>{.parameters = none});
  bind_synapses(
      m, network, "Inhibitory", "Inhibitory plasticity towards a target rate.",
      [](auto& r) {
        auto& p = r.parameters;
        return with_bounds({{"eta", &p.eta}, {"target_hz", &p.target_hz}, {"tau_ms", &p.tau_ms}},
                           r);
      },
      Inhibitory<float>{});

  py::dict sets;
  const auto add = [&](const char* name, TripletParameters<AllToAll> set) {
    py::dict values;
    for (const Field& field : triplet_fields(set))
      values[field.name] = *std::get<double*>(field.place);
    sets[name] = values;
  };
  add("visual_cortex_full", triplet::visual_cortex_full);
  add("visual_cortex_minimal", triplet::visual_cortex_minimal);
  add("hippocampus_full", triplet::hippocampus_full);
  add("hippocampus_minimal", triplet::hippocampus_minimal);
  m.attr("triplet_parameters") = sets;
}

void bind_currents(py::module_& m, NetworkClass& network) {
  bind_current<NoiseCurrent>(
      m, network, "NoiseCurrent", "An Ornstein-Uhlenbeck process.", [](auto& c) {
        return Fields{{"mean", &c.mean}, {"deviation", &c.deviation}, {"tau_ms", &c.tau_ms}};
      });
  bind_current<PoissonDrive>(m, network, "PoissonDrive",
                             "Poisson spikes to the excitatory receptor of every neuron.",
                             [](auto& c) {
                               return Fields{{"rate_hz", &c.rate_hz}, {"weight", &c.weight}};
                             });
  const auto constant = [](Network& self, const PopulationRef& population,
                           const py::object& current, double begin_ms, double end_ms) {
    self.network.inject(population,
                        ConstantCurrent{values_of(current, "current"), begin_ms, end_ms});
  };
  network.def("inject", constant, "population"_a, "current"_a, "begin_ms"_a = 0,
              "end_ms"_a = std::numeric_limits<double>::infinity());
}

void bind_recordings(py::module_& m, NetworkClass& network) {
  py::class_<SpikeRecording>(m, "SpikeRecording", "All spikes of a population.")
      .def("__len__", &SpikeRecording::size)
      .def_property_readonly("times_ms", [](SpikeRecording& r) { return to_array(r.times_ms()); })
      .def_property_readonly("neurons", [](SpikeRecording& r) { return to_array(r.neurons()); })
      .def("rate_hz", &SpikeRecording::rate_hz, "begin_ms"_a = before_the_first)
      .def(
          "rates_hz",
          [](SpikeRecording& r, double begin_ms) { return to_array(r.rates_hz(begin_ms)); },
          "begin_ms"_a = before_the_first)
      .def("irregularity", &SpikeRecording::irregularity, "begin_ms"_a = before_the_first);
  py::class_<SampleRecording<float>>(m, "SampleRecording", "Numbers at a fixed interval.")
      .def("__len__", &SampleRecording<float>::size)
      .def_property_readonly("times_ms",
                             [](SampleRecording<float>& r) { return to_array(r.times_ms()); })
      .def_property_readonly("samples",
                             [](SampleRecording<float>& r) { return to_rows(r.samples()); });

  network
      .def("record_spikes",
           [](Network& self, const PopulationRef& p) { return self.network.record_spikes(p); })
      .def(
          "record",
          [](Network& self, const PopulationRef& p, const std::string& variable,
             const std::vector<Index>& neurons,
             double interval_ms) { return self.network.record(p, variable, neurons, interval_ms); },
          "population"_a, "variable"_a, "neurons"_a, "interval_ms"_a)
      .def(
          "record_weights",
          [](Network& self, const ProjectionHandle& p, double interval_ms) {
            return self.network.record_weights(p, interval_ms);
          },
          "projection"_a, "interval_ms"_a);
}

void bind_network(NetworkClass& network) {
  network
      .def(py::init([](double dt_ms, std::uint64_t seed) {
             return std::make_unique<Network>(SpikingNetworkSettings{dt_ms, seed});
           }),
           py::kw_only(), "dt_ms"_a = 0.1, "seed"_a = 0)
      .def_property_readonly("time_ms", [](Network& self) { return self.network.time_ms(); })
      .def(
          "run",
          [](Network& self, double duration_ms) {
            self.network.run(duration_ms, [](double) {
              // Between two steps other threads of Python may run, and use this network too.
              { const py::gil_scoped_release other_threads; }
              if (PyErr_CheckSignals() != 0) throw py::error_already_set();  // Ctrl-C
            });
          },
          "duration_ms"_a)
      .def(
          "values",
          [](Network& self, const PopulationRef& p, const std::string& variable) {
            return to_array(self.network.values(p, variable));
          },
          "population"_a, "variable"_a, "A variable of all neurons, such as potential.")
      .def(
          "set",
          [](Network& self, const PopulationRef& p, const std::string& variable,
             const py::object& values) {
            self.network.set(p, variable, values_of(values, "values"));
          },
          "population"_a, "variable"_a, "values"_a)
      .def(
          "weights",
          [](Network& self, const ProjectionHandle& p) {
            return to_array(self.network.weights(p));
          },
          "projection"_a, "One weight per synapse, in the order of connections.")
      .def(
          "connections",
          [](Network& self, const ProjectionHandle& p) {
            std::vector<Index> pre, post;
            self.network.connections(p).for_each([&](Index j, Index i, Index) {
              pre.push_back(j);
              post.push_back(i);
            });
            return py::make_tuple(to_array(pre), to_array(post));
          },
          "projection"_a, "The presynaptic and the postsynaptic neuron of each synapse.");
}

}  // namespace

void bind_spiking(py::module_& m) {
  py::class_<PopulationRef>(m, "Population").def_readonly("size", &PopulationRef::size);
  py::class_<ProjectionHandle>(m, "Projection");
  py::class_<Pattern> pattern(m, "Pattern");
  bind_constant<UniformConstant>(m, "Uniform", "Uniform in [low, high).", Uniform{});
  bind_constant<NormalConstant>(m, "Normal", "Normal, cut off at the bounds.", Normal{});
  NetworkClass network(m, "SpikingNetwork", "Populations, projections and a clock.");
  bind_network(network);
  bind_kinds(m, network);
  bind_patterns(m, pattern);
  bind_synapse_rules(m, network);
  bind_currents(m, network);
  bind_recordings(m, network);
}

}  // namespace binding

// The rate rules, each in one line of `bind_rules`.
#include <pybind11/stl.h>

#include "binding.hpp"
#include "hebb/core/initialization.hpp"
#include "hebb/rules/anti_hebbian.hpp"
#include "hebb/rules/bcm.hpp"
#include "hebb/rules/covariance.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/homeostatic_scaling.hpp"
#include "hebb/rules/instar.hpp"
#include "hebb/rules/krotov_hopfield.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "hebb/rules/oja_subspace.hpp"
#include "hebb/rules/sanger.hpp"
#include "hebb/rules/soft_hebb.hpp"

namespace binding {

using namespace hebb;

namespace {

/// Where random numbers begin; without it weights are not random.
using Seed = std::optional<std::uint64_t>;

/// The state of some rule. Its functions take the parameters of the rule that calls them.
class RuleState : public Stateful {
 public:
  explicit RuleState(const char* rule_) : rule(rule_) {}
  virtual void update(const Fields& parameters, const py::object& x, const py::object& y,
                      const py::object& gain) = 0;
  virtual py::object signal(const Fields& parameters, const py::object& x) = 0;
  virtual void forget(const Fields& parameters) = 0;
  virtual std::unique_ptr<RuleState> copy() const = 0;

  const char* rule;  ///< the name of the rule that made it
};

/// A rule that Python sees.
class RuleConstant : public Constant {
 public:
  using Constant::Constant;
  virtual std::unique_ptr<RuleState> init(Shape shape, Seed seed, bool single) = 0;

  /// Throws TypeError for the state of another rule.
  void require_own(const RuleState& state) const {
    if (std::string_view(state.rule) != name)
      throw py::type_error(sentence(name, ": the state was made by ", state.rule));
  }
};

/// The state of a rule of one scalar type.
template <typename Rule, typename FieldsOf>
class RuleStateOf final : public RuleState {
  using Scalar = typename Rule::Scalar;

 public:
  RuleStateOf(const char* rule_, const Fields& parameters, Shape shape, Seed seed)
      : RuleState(rule_), state_(rule_with(parameters).init(shape)) {
    if (seed)
      state_.weights =
          fan_in_uniform<Scalar>(shape, shape.pre, Random{.seed = *seed}.stream("weights"));
  }

  void update(const Fields& parameters, const py::object& x, const py::object& y,
              const py::object& gain) override {
    const Samples<Scalar> pre = samples(x, state_.weights.cols(), "x"),
                          post = samples(y, state_.weights.rows(), "y");
    require<ShapeError>(pre.size() == post.size(), rule, ": x has ", pre.size(), " samples, y has ",
                        post.size());
    constexpr bool takes_gain = !RuleFor<Rule, View<Scalar>, View<Scalar>>;
    if (gain.is_none() == takes_gain)
      throw py::type_error(sentence(
          rule, takes_gain ? ": update needs the gain, dy / d drive (ones for linear units)"
                           : ": update takes no gain"));
    if constexpr (!takes_gain) {
      rule_with(parameters).update(pre.columns(), post.columns(), state_);
    } else {
      const Samples<Scalar> slope = samples(gain, state_.weights.rows(), "gain");
      require<ShapeError>(slope.size() == post.size(), rule, ": gain has ", slope.size(),
                          " samples, y has ", post.size());
      const Response<Scalar> response(post.columns(), slope.columns());
      rule_with(parameters).update(pre.columns(), response, state_);
    }
  }

  py::object signal(const Fields& parameters, const py::object& x) override {
    const Samples<Scalar> pre = samples(x, state_.weights.cols(), "x");
    if constexpr (requires(const Rule& own) { own.overlap(pre.columns(), state_); })
      return to_rows<Scalar>(rule_with(parameters).overlap(pre.columns(), state_));
    else if constexpr (requires(const Rule& own) { own.respond(pre.columns(), state_); })
      return to_rows<Scalar>(rule_with(parameters).respond(pre.columns(), state_));
    else
      return py::none();
  }

  void forget(const Fields& parameters) override { rule_with(parameters).forget(state_); }
  std::unique_ptr<RuleState> copy() const override { return std::make_unique<RuleStateOf>(*this); }
  std::vector<NamedArray> arrays() override { return arrays_of(state_); }

 private:
  /// The rule with these parameters. Python keeps them in double precision.
  static Rule rule_with(const Fields& parameters) {
    Rule result;
    const Fields own = FieldsOf{}(result);
    for (std::size_t k = 0; k < own.size(); ++k)
      std::visit(
          [](auto* to, const auto* from) { *to = std::remove_pointer_t<decltype(to)>(*from); },
          own[k].place, parameters[k].place);
    return result;
  }

  Samples<Scalar> samples(const py::object& array, Index width, const char* what) const {
    return {array, width, sentence(rule, ": ", what)};
  }

  typename Rule::State state_;
};

/// The parameters that FieldsOf lists, and how much the optimiser shrinks the weights.
template <typename FieldsOf>
struct WithDecay {
  Fields operator()(auto& rule) const {
    Fields fields = FieldsOf{}(rule);
    if constexpr (requires { rule.optimizer.weight_decay; })
      fields.push_back({"weight_decay", &rule.optimizer.weight_decay});
    return fields;
  }
};

/// A rule in single and in double precision.
template <typename Single, typename Double, typename FieldsOf>
struct RuleConstantOf final : ConstantOf<Double, FieldsOf, RuleConstant> {
  using ConstantOf<Double, FieldsOf, RuleConstant>::ConstantOf;

  std::unique_ptr<RuleState> init(Shape shape, Seed seed, bool single) override {
    if (single)
      return std::make_unique<RuleStateOf<Single, FieldsOf>>(this->name, this->fields(), shape,
                                                             seed);
    return std::make_unique<RuleStateOf<Double, FieldsOf>>(this->name, this->fields(), shape, seed);
  }
};

template <typename Single, typename Double, typename FieldsOf>
void bind_rule(py::module_& m, const char* name, const char* doc, const FieldsOf&,
               const char* signal = nullptr) {
  using Bound = RuleConstantOf<Single, Double, WithDecay<FieldsOf>>;
  auto bound = bind_constant<Bound, RuleConstant>(m, name, doc, Double{});
  if (signal)
    bound.def(
        signal,
        [](RuleConstant& rule, const py::object& x, RuleState& state) {
          rule.require_own(state);
          return state.signal(rule.fields(), x);
        },
        "x"_a, "state"_a, "The postsynaptic signal of this rule, samples x post.");
}

template <typename Modification>
void bind_bcm(py::module_& m, const char* name, const char* doc) {
  bind_rule<Bcm<float, Modification>, Bcm<double, Modification>>(m, name, doc, [](auto& r) {
    auto& p = r.parameters;
    return Fields{
        {"eta", &p.eta}, {"tau_theta", &p.tau_theta}, {"initial_threshold", &p.initial_threshold}};
  });
}

template <typename Pairing>
void bind_lpl(py::module_& m, const char* name, const char* doc) {
  bind_rule<Lpl<float, Pairing>, Lpl<double, Pairing>>(m, name, doc, [](auto& r) {
    auto& p = r.parameters;
    return Fields{{"eta", &p.eta},
                  {"predictive", &p.predictive},
                  {"hebbian", &p.hebbian},
                  {"decorrelation", &p.decorrelation},
                  {"epsilon", &p.epsilon}};
  });
}

void bind_rule_classes(py::module_& m) {
  py::class_<RuleState, Stateful>(m, "RuleState", "What a rule changes.")
      .def_property(
          "weights", [](const py::object& self) { return view(self, "weights"); },
          [](const py::object& self, const py::array& values) {
            assign(view(self, "weights"), values, "weights");
          },
          "post x pre: a view, so that weights[...] = 0 changes the state.")
      .def("copy", &RuleState::copy)
      .def("__copy__", &RuleState::copy)
      .def("__deepcopy__", [](RuleState& self, const py::dict&) { return self.copy(); });

  py::class_<RuleConstant, Constant>(m, "Rule", "A rule: a constant. What changes is its state.")
      .def(
          "init",
          [](RuleConstant& rule, Index pre, Index post, Seed seed, const py::object& dtype) {
            require<ShapeError>(pre > 0 && post > 0, rule.name, ": pre and post must be > 0, got ",
                                pre, " and ", post);
            const py::dtype type = py::dtype::from_args(dtype);
            const bool single = type.equal(py::dtype::of<float>());
            if (!single && !type.equal(py::dtype::of<double>()))
              throw py::type_error(
                  sentence(rule.name, ": dtype must be float32 or float64, got ", printed(type)));
            return rule.init({.pre = pre, .post = post}, seed, single);
          },
          py::kw_only(), "pre"_a, "post"_a, "seed"_a = std::nullopt, "dtype"_a = "float64",
          "A state. With a seed the weights are uniform in +- 1 / sqrt(pre), else the rule's own.")
      .def(
          "update",
          [](RuleConstant& rule, const py::object& x, const py::object& y, RuleState& state,
             const py::object& gain) {
            rule.require_own(state);
            state.update(rule.fields(), x, y, gain);
          },
          "x"_a, "y"_a, "state"_a, "gain"_a = py::none(),
          "One step of learning from x, samples x pre, and y, samples x post. Lpl also needs the "
          "gain of the neurons, the derivative of y by the drive (1 for a linear neuron).")
      .def(
          "forget",
          [](RuleConstant& rule, RuleState& state) {
            rule.require_own(state);
            state.forget(rule.fields());
          },
          "state"_a, "Clears what belongs to the current sequence.");
}

}  // namespace

void bind_rules(py::module_& m) {
  bind_rule_classes(m);
  const auto eta = [](auto& r) { return Fields{{"eta", &r.parameters.eta}}; };
  bind_rule<Hebbian<float>, Hebbian<double>>(m, "Hebbian", "dw = eta <y x>", eta);
  bind_rule<Covariance<float>, Covariance<double>>(
      m, "Covariance", "dw = eta <(y - mean y) (x - mean x)>", [](auto& r) {
        return Fields{{"eta", &r.parameters.eta}, {"tau", &r.parameters.tau}};
      });
  bind_rule<Oja<float>, Oja<double>>(m, "Oja", "dw = eta <y x - alpha y^2 w>", [](auto& r) {
    return Fields{{"eta", &r.parameters.eta}, {"alpha", &r.parameters.alpha}};
  });
  bind_rule<Sanger<float>, Sanger<double>>(m, "Sanger", "dW = eta <y x^T - LT[y y^T] W>", eta);
  bind_rule<OjaSubspace<float>, OjaSubspace<double>>(  //
      m, "OjaSubspace", "dW = eta <y x^T - y y^T W>", eta);
  bind_bcm<IntratorCooper>(m, "Bcm", "dw = eta <y (y - theta) x>");
  bind_bcm<LawCooper>(m, "BcmLawCooper", "dw = eta <y (y - theta) x / theta>");
  bind_lpl<Causal>(m, "Lpl", "Latent predictive learning: y predicts itself one call later.");
  bind_lpl<Symmetric>(m, "LplSymmetric",
                      "Latent predictive learning: the first half of the samples is one view of "
                      "the objects, the second half another.");
  bind_rule<DifferentialHebbian<float>, DifferentialHebbian<double>>(
      m, "DifferentialHebbian", "dw = eta <x(t-1) (y(t) - y(t-1))>", eta);
  bind_rule<Foldiak<float>, Foldiak<double>>(
      m, "Foldiak", "dw_ij = -eta <y_i y_j - target_rate^2>, i != j, w <= 0; x and y are the same",
      [](auto& r) {
        auto& p = r.parameters;
        return Fields{{"eta", &p.eta},
                      {"eta_threshold", &p.eta_threshold},
                      {"target_rate", &p.target_rate},
                      {"slope", &p.slope}};
      },
      "respond");
  bind_rule<LinearAntiHebbian<float>, LinearAntiHebbian<double>>(
      m, "LinearAntiHebbian", "dw_ij = -eta <y_i y_j>, i != j; x and y are the same", eta);
  bind_rule<Instar<float>, Instar<double>>(m, "Instar", "dw = eta <y (x - w)>", eta);
  bind_rule<SoftHebb<float>, SoftHebb<double>>(
      m, "SoftHebb", "dw = eta <softmax(y / temperature) (x - y w)>", [](auto& r) {
        return Fields{{"eta", &r.parameters.eta}, {"temperature", &r.parameters.temperature}};
      });
  bind_rule<KrotovHopfield<float>, KrotovHopfield<double>>(
      m, "KrotovHopfield", "dw = eta <g(rank of y) (R^p x - y w)> / its largest element; y = h",
      [](auto& r) {
        auto& p = r.parameters;
        return Fields{{"eta", &p.eta}, {"delta", &p.delta}, {"rank", &p.rank}, {"p", &p.p}};
      },
      "overlap");
  bind_rule<HomeostaticScaling<float>, HomeostaticScaling<double>>(
      m, "HomeostaticScaling", "dw = eta w (target_rate - mean y)", [](auto& r) {
        auto& p = r.parameters;
        return Fields{{"eta", &p.eta}, {"target_rate", &p.target_rate}, {"tau", &p.tau}};
      });
}

}  // namespace binding

/// @file
/// SuperSpike: supervised learning of spike times, with a surrogate gradient and an error that each
/// neuron filters for itself.
#pragma once

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/optimizer.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/trace.hpp"

namespace hebb {

/// What SuperSpike asks of the postsynaptic side. Borrowed for one call.
struct SpikesAndTarget {
  Spikes spikes;
  Spikes target;              ///< the spikes that should have been, at the same time
  View<double> potential_mv;  ///< post x 1: constant since the previous moment
};

/// SuperSpike.
///
/// \f[ \Delta w_{ij} = \eta \int e_i(t) \; \alpha * \big( \sigma'(u_i) \,
///     (\epsilon * S_j) \big)(t) \, dt, \qquad
///     e_i = \alpha * (\hat S_i - S_i), \qquad \sigma'(u) = (1 + |\beta (u - \theta)|)^{-2} \f]
///
/// with target spikes \f$\hat S\f$ and double exponential kernels \f$\alpha, \epsilon\f$ of unit
/// area. An update is a step of the simulation; changes are gathered and land through the optimiser
/// once a window, or on `settle`.
///
/// | symbol               | code                                  | shape      | unit |
/// |----------------------|---------------------------------------|------------|------|
/// | \f$S_j\f$            | `pre`                                 | neurons    | ms   |
/// | \f$S_i, \hat S_i\f$  | `post.spikes`, `post.target`          | neurons    | ms   |
/// | \f$u\f$              | `post.potential_mv`                   | post x 1   | mV   |
/// | \f$w\f$              | `state.weights`                       | post x pre | 1    |
/// | \f$e\f$              | `state.error_fall`                    | post       | 1/ms |
/// | \f$\epsilon * S\f$   | `state.psp_fall`                      | pre        | 1/ms |
/// | eligibility          | `state.eligibility_fall`              | post x pre | 1/ms |
/// | \f$\eta\f$           | `parameters.eta`                      | scalar     | ms   |
/// | \f$\beta, \theta\f$  | `parameters.beta_per_mv`, `.threshold_mv` | scalar | 1/mV, mV |
///
/// Cost: three passes over post x pre numbers a step. Zero where output and target are the same
/// spikes. Exact for spikes; for the potential of first order in the step. Throws InvalidParameter
/// from init when a parameter is not positive.
///
/// F. Zenke & S. Ganguli, Neural Comput. 30:1514-1541 (2018), eqs. 2.9 and 3.1.
template <typename Scalar_ = float, typename Optimizer = Plain>
struct SuperSpike {
  using Scalar = Scalar_;

  struct Parameters {
    double eta = 1e-3;                    ///< learning rate; > 0
    double beta_per_mv = 1;               ///< steepness of the surrogate; > 0
    double threshold_mv = -50;            ///< where the surrogate is greatest
    DoubleExponential epsilon = {5, 10};  ///< synapse and membrane
    DoubleExponential alpha = {5, 10};    ///< of error and eligibility
    double window_ms = 500;               ///< weights move this often; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Matrix<Scalar> change;                              ///< gathered in this window: post x pre
    Matrix<Scalar> eligibility_rise, eligibility_fall;  ///< per sequence
    Vector<double> psp_rise, psp_fall;                  ///< per sequence
    Vector<double> error_rise, error_fall;              ///< per sequence
    double window_begin_ms = before_the_first;          ///< per sequence
    double time_ms = before_the_first;                  ///< per sequence
    bool begun = false;  // whether the weights were checked; not saved
    Vector<Scalar> surrogate = {}, drive = {}, error = {};  // room, not memory

    void each(auto&& visit) {
      visit("rule", label_of<"SuperSpike">);
      visit("weights", weights);
      optimizer.each(visit);
      visit("change", change);
      visit("eligibility_rise", eligibility_rise);
      visit("eligibility_fall", eligibility_fall);
      visit("psp_rise", psp_rise);
      visit("psp_fall", psp_fall);
      visit("error_rise", error_rise);
      visit("error_fall", error_fall);
      visit("window_begin_ms", window_begin_ms);
      visit("time_ms", time_ms);
    }
  };

  Parameters parameters = {};
  Optimizer optimizer = {};

  State init(Shape shape) const {
    const Parameters& p = parameters;
    constexpr const char* owner = "SuperSpike";
    require_positive(owner, "eta", p.eta);
    require_positive(owner, "beta_per_mv", p.beta_per_mv);
    require_finite_parameter(owner, "threshold_mv", p.threshold_mv);
    require_positive(owner, "window_ms", p.window_ms);
    p.epsilon.check("SuperSpike epsilon");
    p.alpha.check("SuperSpike alpha");
    const Matrix<Scalar> synapses = Matrix<Scalar>::Zero(shape.post, shape.pre);
    const Vector<double> pre = Vector<double>::Zero(shape.pre),
                         post = Vector<double>::Zero(shape.post);
    return {synapses, optimizer.template init<Scalar>(shape),
            synapses, synapses,
            synapses, pre,
            pre,      post,
            post};
  }

  /// One step of the simulation.
  void update(const Spikes& pre, const SpikesAndTarget& post, State& state) const {
    const Parameters& p = parameters;
    const Index posts = state.error_fall.size(), pres = state.psp_fall.size();
    check_sizes(state);
    require_potential(post.potential_mv, posts);
    require(post.target.time_ms == pre.time_ms, "pre is at ", pre.time_ms, " ms and target at ",
            post.target.time_ms, " ms: an update is one moment");
    require_spikes(post.target.neurons, posts, "target");
    const bool first = state.time_ms == before_the_first;
    const double elapsed =
        begin_moment(pre, post.spikes, {.pre = pres, .post = posts}, bounds(), "SuperSpike", state);
    if (first) state.window_begin_ms = state.time_ms;

    const FlushDenormals guard;
    p.epsilon.step(elapsed).advance(state.psp_rise, state.psp_fall);
    const DoubleExponential::Step alpha = p.alpha.step(elapsed);
    alpha.advance(state.error_rise, state.error_fall);
    state.error = (elapsed * state.error_fall).template cast<Scalar>();
    const Scalar keep_rise = Scalar(alpha.keep_rise), keep_fall = Scalar(alpha.keep_fall),
                 mix = Scalar(alpha.mix);
    state.surrogate = (1 + p.beta_per_mv * (post.potential_mv.array() - p.threshold_mv).abs())
                          .square()
                          .inverse()
                          .matrix()
                          .template cast<Scalar>();
    for (Index j = 0; j < pres; ++j) {
      state.drive = Scalar(state.psp_fall(j)) * state.surrogate;
      auto rise = state.eligibility_rise.col(j), fall = state.eligibility_fall.col(j);
      fall = state.drive + keep_fall * (fall - state.drive) + mix * (rise - state.drive);
      rise = state.drive + keep_rise * (rise - state.drive);
      state.change.col(j).array() += state.error.array() * fall.array();
    }

    for (const Index j : pre.neurons) state.psp_rise(j) += 1 / p.epsilon.tau_rise_ms;
    for (const Index i : post.target.neurons) state.error_rise(i) += 1 / p.alpha.tau_rise_ms;
    for (const Index i : post.spikes.neurons) state.error_rise(i) -= 1 / p.alpha.tau_rise_ms;
    if (state.time_ms - state.window_begin_ms >= p.window_ms) settle(state);
  }

  /// Lands the changes gathered so far.
  void settle(State& state) const {
    check_sizes(state);
    if (!state.change.isZero(0))
      optimizer.apply(state.weights, state.change, None{}, parameters.eta, state.optimizer);
    state.change.setZero();
    state.window_begin_ms = state.time_ms;
  }

  /// Forgets past spikes and their time. Call `settle` first to keep the changes they ask for.
  void forget(State& state) const {
    state.change.setZero();
    state.eligibility_rise.setZero();
    state.eligibility_fall.setZero();
    for (Vector<double>* filter :
         {&state.psp_rise, &state.psp_fall, &state.error_rise, &state.error_fall})
      filter->setZero();
    state.time_ms = state.window_begin_ms = before_the_first;
  }

 private:
  void check_sizes(const State& state) const {
    const Index posts = state.error_fall.size(), pres = state.psp_fall.size();
    require_size(state.weights, posts, pres, "SuperSpike", "weights");
    require_size(state.change, posts, pres, "SuperSpike", "change");
    require_size(state.eligibility_rise, posts, pres, "SuperSpike", "eligibility_rise");
    require_size(state.eligibility_fall, posts, pres, "SuperSpike", "eligibility_fall");
    require_size(state.psp_rise, pres, 1, "SuperSpike", "psp_rise");
    require_size(state.error_rise, posts, 1, "SuperSpike", "error_rise");
  }

  /// Those of the optimiser, where it has any.
  auto bounds() const {
    if constexpr (requires { optimizer.lower, optimizer.upper; })
      return HardBounds{optimizer.lower, optimizer.upper};
    else
      return Unbounded{};
  }
};

static_assert(RuleFor<SuperSpike<float>, Spikes, SpikesAndTarget> &&
              RuleFor<SuperSpike<double, Adam>, Spikes, SpikesAndTarget>);

}  // namespace hebb

/// @file
/// Pair STDP: a synapse strengthens when its neurons spike in causal order and weakens in the
/// other.
#pragma once

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/spiking/pairing.hpp"
#include "hebb/spiking/weight_dependence.hpp"

namespace hebb {

/// Spike-timing-dependent plasticity of pairs of spikes.
///
/// \f[ \Delta w_{ij} = A_+ f_+(w_{ij}) \, e^{-d/\tau_+} \;\; (d > 0), \qquad
///     \Delta w_{ij} = -A_- f_-(w_{ij}) \, e^{d/\tau_-} \;\; (d < 0) \f]
///
/// for every pair of spikes that the scheme `Pairing` knows, with \f$d = t_i - t_j\f$, post minus
/// pre. Computed from traces:
/// \f$w_{ij} \mathrel{+}= A_+ f_+ r_j\f$ at a postsynaptic spike, \f$w_{ij} \mathrel{-}= A_- f_- o_i\f$ at a presynaptic one. What happens
/// at d = 0, and where delays sit, is said in spikes.hpp. The factors f are the policy
/// `Dependence`.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$t_j\f$, \f$t_i\f$ | `pre`, `post` | neurons | ms |
/// | \f$w\f$ | `state.weights` | post x pre | 1 |
/// | \f$r\f$, \f$o\f$ | `state.pairing` | pre, post | 1 |
/// | \f$A_+\f$, \f$A_-\f$ | `parameters.a_plus`, `parameters.a_minus` | scalar | of weight |
/// | \f$\tau_+\f$, \f$\tau_-\f$ | `parameters.tau_plus_ms`, `parameters.tau_minus_ms` | scalar | ms |
///
/// Cost: a column of the weights a presynaptic spike, a row a postsynaptic one, and one decay of
/// the traces a moment. Additive weights run to the bounds; the others have a fixed point. Throws
/// InvalidParameter from init when a time constant or an amplitude is not positive, or where bounds
/// lie outside the range of `Dependence`.
///
/// S. Song, K. D. Miller & L. F. Abbott, Nat. Neurosci. 3:919-926 (2000); schemes: see pairing.hpp;
/// factors: see weight_dependence.hpp.
template <typename Scalar_ = float, typename Dependence = Additive, typename Pairing = AllToAll,
          typename Bounds = HardBounds>
struct PairStdp {
  using Scalar = Scalar_;

  using Parameters = PairParameters;

  struct State {
    Matrix<Scalar> weights;
    typename Pairing::State pairing;    ///< per sequence
    double time_ms = before_the_first;  ///< per sequence
    bool begun = false;                 // whether the weights were checked; not saved

    void each(auto&& visit) {
      visit("rule", label_of<"PairStdp", Dependence, Pairing, Bounds>);
      visit("weights", weights);
      pairing.each(visit);
      visit("time_ms", time_ms);
    }
  };

  Parameters parameters = {};
  Dependence dependence = {};
  Bounds bounds = {};

  State init(Shape shape) const {
    parameters.check("PairStdp");
    bounds.check();
    dependence.check(bounds);
    return {Matrix<Scalar>::Constant(shape.post, shape.pre, bounds.cut(Scalar(0))),
            Pairing::init(shape)};
  }

  /// The spikes of one moment.
  void update(const Spikes& pre, const Spikes& post, State& state) const {
    Matrix<Scalar>& w = state.weights;
    const Shape shape = state.pairing.shape();
    require_size(w, shape.post, shape.pre, "PairStdp", "weights");
    state.pairing.check("PairStdp");
    const double elapsed = begin_moment(pre, post, shape, bounds, "PairStdp", state);
    Pairing::decay(elapsed, parameters.tau_plus_ms, parameters.tau_minus_ms, state.pairing);
    for (const Index i : post.neurons)
      for (Index j = 0; j < w.cols(); ++j)
        w(i, j) = bounds.cut(Scalar(w(i, j) + parameters.a_plus * dependence.potentiation(w(i, j)) *
                                                  Pairing::pre_trace(i, j, state.pairing)));
    for (const Index j : pre.neurons)
      for (Index i = 0; i < w.rows(); ++i)
        w(i, j) = bounds.cut(Scalar(w(i, j) - parameters.a_minus * dependence.depression(w(i, j)) *
                                                  Pairing::post_trace(i, j, state.pairing)));
    Pairing::record(pre, post, state.pairing);
  }

  /// Forgets past spikes and their time.
  void forget(State& state) const {
    state.pairing = Pairing::init(state.pairing.shape());
    state.time_ms = before_the_first;
  }
};

static_assert(RuleFor<PairStdp<float>, Spikes, Spikes> &&
              RuleFor<PairStdp<double, PowerLaw, NearestPreCentred, Unbounded>, Spikes, Spikes>);

}  // namespace hebb

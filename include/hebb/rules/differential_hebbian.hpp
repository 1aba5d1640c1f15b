/// @file
/// Differential Hebbian learning: weights change with changes of activity.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Which sides enter by their change, and the decay of the weights.
template <typename F>
concept DifferentialForm = requires {
  { F::of_pre } -> std::convertible_to<bool>;
  { F::decay } -> std::convertible_to<double>;
};

/// x dy: the previous presynaptic rate times the change of the postsynaptic rate.
struct PostsynapticChange {
  static constexpr std::string_view name = "PostsynapticChange";
  static constexpr bool of_pre = false;  ///< whether the change of pre enters, or its rate
  static constexpr double decay = 0;     ///< of the weights, relative to eta
};

/// dx dy: the product of both changes.
struct BothChange {
  static constexpr std::string_view name = "BothChange";
  static constexpr bool of_pre = true;  ///< whether the change of pre enters, or its rate
  static constexpr double decay = 0;    ///< of the weights, relative to eta
};

/// dx dy - w, Kosko's form.
struct BothChangeWithDecay {
  static constexpr std::string_view name = "BothChangeWithDecay";
  static constexpr bool of_pre = true;  ///< whether the change of pre enters, or its rate
  static constexpr double decay = 1;    ///< of the weights, relative to eta
};

/// Differential Hebbian learning.
///
/// \f[ \Delta w_{ij} = \eta \, \langle x_j(t-1) \, (y_i(t) - y_i(t-1)) \rangle \f]
///
/// or, for BothChange, \f$\eta \langle (x_j(t) - x_j(t-1)) (y_i(t) - y_i(t-1)) \rangle\f$, from
/// which BothChangeWithDecay takes \f$\eta w_{ij}\f$. Columns are parallel sequences, one call
/// per time step. The first step of a sequence has no change. While pre is constant, the sum over a
/// trajectory depends on its end points alone: `update_from_end_points`.
///
/// | symbol      | code                                   | shape          | unit       |
/// |-------------|----------------------------------------|----------------|------------|
/// | \f$x\f$     | `pre`, `state.previous_pre`            | pre x columns  | rate       |
/// | \f$y\f$     | `post`, `state.previous_post`          | post x columns | rate       |
/// | \f$w\f$     | `state.weights`                        | post x pre     | 1          |
/// | \f$\eta\f$  | `parameters.eta`                       | scalar         | per update |
///
/// Cost: 2 post * pre * columns flops. Blind to constant offsets of y, and with BothChange of x.
/// Bounded only by the decay. Throws InvalidParameter from init when eta is not positive;
/// ShapeError when the number of columns changes without `forget`.
///
/// B. Kosko, AIP Conf. Proc. 151:277-282 (1986). As ISO learning (y the neuron's own output): B.
/// Porr & F. Woergoetter, Neural Comput. 15:831-864 (2003). As ICO learning (y the reflex input):
/// Neural Comput. 18:1380-1412 (2006).
template <std::floating_point Scalar_ = float, DifferentialForm Form = PostsynapticChange,
          OptimizerFor<Scalar_> Optimizer = Plain>
struct DifferentialHebbian {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "DifferentialHebbian";
  /// None where the form has none.
  using Decay = std::conditional_t<Form::decay == 0, None, Vector<Scalar>>;
  using Breaks = Exceptions<law::SilentPre>;  // the previous rate of a silent neuron is learned

  struct Parameters {
    Scalar eta = Scalar(0.01);  ///< learning rate, per update; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Matrix<Scalar> previous_pre = {}, previous_post = {};  ///< per sequence
    Factor<Scalar, Decay> factor = {};  // scratch space; not saved in checkpoints
    Matrix<Scalar> change_of_pre = {};  // scratch space

    void each(auto&& visit) {
      visit("rule", label_of<"DifferentialHebbian", Form>);
      visit("weights", weights);
      visit("previous_pre", previous_pre);
      visit("previous_post", previous_post);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape),
            Matrix<Scalar>(shape.pre, 0), Matrix<Scalar>(shape.post, 0)};
  }

  /// The presynaptic factor: the previous rate, or its change.
  const Matrix<Scalar>& pre_factor(const View<Scalar>& pre, State& state) const {
    begin_sequence(pre, state.previous_pre, "pre");
    state.change_of_pre.swap(state.previous_pre);
    state.previous_pre = pre;
    if constexpr (Form::of_pre) state.change_of_pre = pre - state.change_of_pre;
    return state.change_of_pre;
  }

  /// The postsynaptic factor, the change of the rate, and the decay of the form.
  const Factor<Scalar, Decay>& post_factor(const View<Scalar>& post, State& state) const {
    begin_sequence(post, state.previous_post, "post");
    state.factor.post = post - state.previous_post;
    state.previous_post = post;
    set_decay(post.rows(), state);
    return state.factor;
  }

  void apply(const Change<Scalar>& change, const Decay& decay, State& state) const {
    apply_change(*this, change, decay, state);
  }

  /// One time step of learning.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    factored_update(*this, pre, post, state);
  }

  /// The sum of the updates of a trajectory from the response `first` to the response `last`, while
  /// pre was constant.
  void update_from_end_points(const View<Scalar>& pre, const View<Scalar>& first,
                              const View<Scalar>& last, State& state) const
      requires(!Form::of_pre) {
    require_samples<Scalar>(pre, last, state.weights, name);
    require_shape<Scalar>(first, last.rows(), last.cols(), "first");
    require_finite<Scalar>(first, "first");
    state.factor.post = last - first;
    apply(Change<Scalar>(state.factor.post, pre), state.factor.decay, state);
  }

  /// Forgets the previous step: the next one begins a sequence.
  void forget(State& state) const {
    state.previous_pre.resize(state.weights.cols(), 0);
    state.previous_post.resize(state.weights.rows(), 0);
  }

 private:
  static void begin_sequence(const View<Scalar>& now, Matrix<Scalar>& previous, const char* what) {
    if (previous.size() == 0) previous = now;
    require<ShapeError>(previous.rows() == now.rows() && previous.cols() == now.cols(),
                        "DifferentialHebbian: the previous ", what, " was ", previous.rows(), " x ",
                        previous.cols(), ", this one is ", now.rows(), " x ", now.cols(),
                        "; call forget where a sequence ends");
  }

  static void set_decay(Index rows, State& state) {
    if constexpr (Form::decay != 0) state.factor.decay.setConstant(rows, Scalar(Form::decay));
  }
};

static_assert(FactoredRule<DifferentialHebbian<float>>);

}  // namespace hebb

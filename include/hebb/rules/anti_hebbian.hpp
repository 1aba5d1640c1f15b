/// @file
/// Anti-Hebbian learning of lateral weights: neurons that are active together learn to inhibit each
/// other.
#pragma once

#include <limits>

#include "hebb/core/factored.hpp"
#include "hebb/core/kernels/means.hpp"
#include "hebb/core/optimizer.hpp"

namespace hebb {

/// Foldiak's lateral weights and thresholds: binary neurons become sparse and pairwise independent.
///
/// \f[ \Delta w_{ij} = -\eta \, \langle y_i y_j - p^2 \rangle \; (i \ne j), \quad w_{ij} \le 0,
/// \qquad
///     \Delta t_i = \gamma \, \langle y_i - p \rangle \f]
///
/// Pre and post are the same neurons. The constant p^2 belongs to no column, so that the rule has
/// an update only.
///
/// | symbol       | code               | shape          | unit       |
/// |--------------|--------------------|----------------|------------|
/// | \f$y\f$      | `pre`, `post`      | post x columns | rate       |
/// | \f$w\f$      | `state.weights`    | post x post    | 1          |
/// | \f$t\f$      | `state.threshold`  | post           | drive      |
/// | \f$\eta\f$   | `parameters.eta`   | scalar         | per update |
/// | \f$\gamma\f$ | `parameters.gamma` | scalar         | per update |
/// | \f$p\f$      | `parameters.p`     | scalar         | rate       |
///
/// Cost: 2 post * post * columns flops. At the fixed point P(y_i = 1) = p, and <y_i y_j> = p^2
/// wherever w < 0. Throws InvalidParameter from init when eta or gamma is not positive or p is not
/// in (0, 1); ShapeError when pre x post is not square, or when a drive, a response or the state do
/// not fit each other; Divergence when the products of rates overflow.
///
/// P. Foldiak, Biol. Cybern. 64:165-170 (1990).
template <typename Scalar_ = float>
struct Foldiak {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "Foldiak";
  using Breaks = Exceptions<law::SilentPre>;  // not being active together is what p^2 rewards

  struct Parameters {
    Scalar eta = Scalar(0.1);     ///< learning rate of the weights, per update; > 0
    Scalar gamma = Scalar(0.02);  ///< learning rate of the thresholds, per update; > 0
    Scalar p = Scalar(0.125);     ///< the probability of being active; in (0, 1)
    Scalar slope = 10;            ///< of the response while it settles; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    Vector<Scalar> threshold;    ///< per neuron
    Matrix<Scalar> change = {};  // room, not memory, like what follows
    Vector<Scalar> rate = {};

    void each(auto&& visit) {
      visit("rule", label_of<"Foldiak">);
      visit("weights", weights);
      visit("threshold", threshold);
    }
  };

  Parameters parameters = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    require_positive(name, "gamma", parameters.gamma);
    require(parameters.p > 0 && parameters.p < 1, "Foldiak: p must be in (0, 1), got ",
            parameters.p);
    require_positive(name, "slope", parameters.slope);
    require<ShapeError>(shape.pre == shape.post, "Foldiak: lateral weights are square, got ",
                        shape.post, " x ", shape.pre);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), Vector<Scalar>::Zero(shape.post)};
  }

  /// The binary response to a drive: dy/dt = f(drive + w y - t) - y settles by Euler steps, then y
  /// > 1/2 is active.
  Matrix<Scalar> respond(const View<Scalar>& drive, const State& state, int steps = 50,
                         Scalar step = Scalar(0.2)) const {
    require_shape<Scalar>(drive, state.weights.rows(), drive.cols(), "Foldiak: drive");
    require_finite<Scalar>(drive, "Foldiak: drive");
    require_lateral(state);
    Matrix<Scalar> rate = Matrix<Scalar>::Zero(drive.rows(), drive.cols()),
                   input(drive.rows(), drive.cols());
    for (int n = 0; n < steps; ++n) {
      input = drive;
      input.noalias() += state.weights * rate;
      input.colwise() -= state.threshold;
      rate.array() += step * ((parameters.slope * input.array()).logistic() - rate.array());
    }
    return (rate.array() > Scalar(0.5)).template cast<Scalar>();
  }

  /// One step of learning from a batch of columns: of the weights, and of the thresholds.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    require_samples<Scalar>(pre, post, state.weights);
    require_lateral(state);
    const Scalar eta = parameters.eta, independent = parameters.p * parameters.p;
    Matrix<Scalar> no_decay;
    const auto learn = [&](const auto& coincidence) {
      require<Divergence>(coincidence.largest() <= double(std::numeric_limits<Scalar>::max()),
                          "Foldiak: a product of rates overflows");
      for_each_column(state.weights, coincidence, None{}, no_decay,
                      [&](auto w, const auto& yy, Index j, Index n) {
                        w.array() = (w.array() - eta * (yy.array() - independent)).min(Scalar(0));
                        for (Index c = 0; c < n; ++c) w(j + c, c) = 0;
                      });
    };
    if (pre.cols() == 1) {
      learn(RankOne<Scalar>{post, pre});
    } else {
      learn(MeanOuterProduct<Scalar>{post, pre, state.change});
    }
    mean_over_columns<Scalar>(
        post.cols(), [&](Index c) { return post.col(c); }, state.rate);
    state.threshold.array() += parameters.gamma * (state.rate.array() - parameters.p);
  }

  void forget(State&) const {}  // the thresholds belong to the neurons, not to a sequence

 private:
  static void require_lateral(const State& state) {
    const Index neurons = state.weights.rows();
    require_shape<Scalar>(state.weights, neurons, neurons, "Foldiak: the lateral weight matrix");
    require_shape<Scalar>(state.threshold, neurons, 1, "Foldiak: threshold");
  }
};

/// Linear decorrelation.
///
/// \f[ \Delta w_{ij} = -\eta \, \langle y_i y_j \rangle \; (i \ne j) \f]
///
/// Pre and post are the same neurons, y = drive + W y, settled.
///
/// | symbol     | code             | shape          | unit       |
/// |------------|------------------|----------------|------------|
/// | \f$y\f$    | `pre`, `post`    | post x columns | rate       |
/// | \f$w\f$    | `state.weights`  | post x post    | 1          |
/// | \f$\eta\f$ | `parameters.eta` | scalar         | per update |
///
/// Cost: 2 post * post * columns flops. At the fixed point the responses are uncorrelated: <y_i
/// y_j> = 0 for i != j. Throws InvalidParameter from init when eta is not positive; ShapeError when
/// pre x post is not square.
///
/// H. B. Barlow & P. Foldiak, in: The Computing Neuron (1989).
template <typename Scalar_ = float, typename Optimizer = Plain>
struct LinearAntiHebbian {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "LinearAntiHebbian";

  struct Parameters {
    Scalar eta = Scalar(0.01);  ///< learning rate, per update; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Workspace<Scalar> work = {};
    Matrix<Scalar> columns = {};  // room, not memory

    void each(auto&& visit) {
      visit("rule", label_of<"LinearAntiHebbian">);
      visit("weights", weights);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    require<ShapeError>(shape.pre == shape.post,
                        "LinearAntiHebbian: lateral weights are square, got ", shape.post, " x ",
                        shape.pre);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape)};
  }

  /// What the postsynaptic side says: -y.
  const Factor<Scalar>& post_factor(const View<Scalar>& post, State& state) const {
    state.work.factor.post = -post;
    return state.work.factor;
  }

  /// No neuron inhibits itself: the diagonal is no part of the change, nor of its length where the
  /// optimiser measures that.
  void apply(const auto& change, None decay, State& state) const {
    require_shape<Scalar>(state.weights, state.weights.cols(), state.weights.cols(),
                          "LinearAntiHebbian: the lateral weight matrix");
    if constexpr (requires { requires Optimizer::elementwise; })
      apply_change(*this, change, decay, state);
    else
      apply_change(*this, OffDiagonal<std::remove_cvref_t<decltype(change)>>{change, state.columns},
                   decay, state);
    state.weights.diagonal().setZero();
  }

  /// One step of learning from a batch of columns.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    factored_update(*this, pre, post, state);
  }

  void forget(State&) const {}  // the rule remembers nothing of a sequence

 private:
  /// A change with zeros on its diagonal, in blocks of columns.
  template <typename Change>
  struct OffDiagonal {
    const Change& change;
    Matrix<Scalar>& room;

    static constexpr bool forms = requires(const Change& c) { c.prepare(); };

    Index rows() const { return change.rows(); }
    Index cols() const { return change.cols(); }
    double largest() const {
      if constexpr (requires { change.largest(); }) return change.largest();
      return std::numeric_limits<double>::infinity();
    }
    Index width() const {
      if constexpr (forms) return change.width();
      return std::max<Index>(1, (1 << 12) / rows());
    }
    void prepare() const {
      if constexpr (forms)
        change.prepare();
      else
        room.resize(rows(), width() * max_threads());
    }

    auto form(Index begin, Index count, int worker) const {
      const auto clear = [&](auto block) {
        for (Index c = 0; c < count; ++c) block(begin + c, c) = 0;
        return block;
      };
      if constexpr (forms) {
        return clear(change.form(begin, count, worker));
      } else {
        auto block = room.middleCols(worker * width(), count);
        for (Index c = 0; c < count; ++c) block.col(c) = change.col(begin + c);
        return clear(block);
      }
    }
  };
};

static_assert(RuleFor<Foldiak<float>, View<float>, Response<float>> &&
              FactoredRule<LinearAntiHebbian<double, Adam>>);

}  // namespace hebb

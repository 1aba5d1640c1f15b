/// @file
/// What a feedback controller aims at, the paths by which its signal reaches the layers, and the
/// noise on the way.
#pragma once

#include <Eigen/LU>
#include <cmath>
#include <concepts>

#include "hebb/network/backpropagation.hpp"

namespace hebb {

/// Targets of a classifier: `correct` for the labelled class, the rest shared by the other classes.
/// Throws InvalidParameter on a label outside [0, classes).
template <typename Scalar>
Matrix<Scalar> soft_targets(const auto& labels, Index classes, double correct = 1) {
  require(classes > 1, "soft_targets: needs at least two classes, got ", classes);
  Matrix<Scalar> targets = Matrix<Scalar>::Constant(classes, Index(std::size(labels)),
                                                    Scalar((1 - correct) / double(classes - 1)));
  Index sample = 0;
  for (const auto label : labels) {
    require(Index(label) >= 0 && Index(label) < classes, "soft_targets: label ", Index(label),
            " is not in [0, ", classes, ")");
    targets(Index(label), sample++) = Scalar(correct);
  }
  return targets;
}

/// Strong control: the output is driven all the way to the target. The controller hears -dL/do: y -
/// o, or y - softmax(o).
///
/// A. Meulemans et al., ICML 2022.
template <typename Loss_ = CrossEntropy>
struct StrongTarget {
  static constexpr std::string_view name = label_of<"StrongTarget", Loss_>.text;
  using Loss = Loss_;

  /// The target of the relaxation, from the output before it.
  template <typename Scalar>
  void aim(const View<Scalar>&, const View<Scalar>& y, auto&& target) const {
    target = y;
  }

  template <typename Scalar>
  static void error(const View<Scalar>& output, const View<Scalar>& target, auto&& error) {
    Loss::template error<Scalar>(output, target, error);
  }

  /// matrix, which maps a control to a change of the output, becomes that to a change of -error.
  /// One sample.
  static void linearize(Matrix<double>& matrix, const Vector<double>& error,
                        const Vector<double>& target) {
    if constexpr (std::same_as<Loss, CrossEntropy>) {
      // d softmax = (diag p - p p^T) do. It is blind to a common shift; the 1 keeps the control
      // free of one.
      const Vector<double> p = target - error;
      const Vector<double> mean = matrix.transpose() * p;
      matrix = p.asDiagonal() * (matrix.rowwise() - mean.transpose());
      matrix.array() += 1;
    }
  }
};

/// Weak control: the output is nudged by a gradient step, o - lambda dL/do.
///
/// A. Meulemans et al., NeurIPS 2021, eq. 4.
template <typename Loss_ = CrossEntropy>
struct WeakTarget {
  static constexpr std::string_view name = label_of<"WeakTarget", Loss_>.text;
  using Loss = Loss_;

  double step = 0.1;  ///< lambda

  template <typename Scalar>
  void aim(const View<Scalar>& output, const View<Scalar>& y, auto&& target) const {
    Loss::template error<Scalar>(output, y, target);
    target = output + Scalar(step) * target;
  }

  template <typename Scalar>
  static void error(const View<Scalar>& output, const View<Scalar>& target, auto&& error) {
    error = target - output;
  }

  static void linearize(Matrix<double>&, const Vector<double>&, const Vector<double>&) {}
};

/// Feedback weights straight from the controller to every hidden layer, as they were drawn, set or
/// trained.
template <typename Scalar>
struct FixedFeedback : DirectRandomWeights<Scalar> {
  /// Before every relaxation.
  void begin(const auto&) {}

  /// Whether the gains must be those after step t.
  bool wants_gain(Index) const { return false; }

  /// apical[k] = Q_k u for the hidden layers; the control u is apical.back().
  void send(const auto&, const Matrices<Scalar>&, const Columns& columns,
            Matrices<Scalar>& apical) const {
    for (std::size_t k = 0; k + 1 < apical.size(); ++k)
      columns.of(apical[k]).noalias() = this->weights[k] * columns.of(apical.back());
  }
};

/// Q_l = W_{l+1}^T ... W_L^T, of the weights before every relaxation. Blind to gains: it suits
/// units whose gain stays near 1; under sigmoids the control outgrows what it answers for.
template <typename Scalar>
struct WeightProduct : FixedFeedback<Scalar> {
  void init(const std::vector<Index>&, Random) {}
  void require_nonzero(const auto& layers) const { layers.require_nonzero(); }
  void each(auto&&) {}  // follows from the forward weights

  void begin(const auto& layers) {
    this->weights.resize(layers.depth() - 1);
    for (std::size_t k = layers.depth() - 1; k-- > 0;) {
      auto& q = this->weights[k];
      q.resize(layers.sizes[k + 1], layers.sizes.back());
      if (k + 2 == layers.depth())
        q = layers.weights(k + 1).transpose();
      else
        q.noalias() = layers.weights(k + 1).transpose() * this->weights[k + 1];
    }
  }
};

/// Q_l = J_l^T, the transposed Jacobian of the output with respect to layer l's state, on line and
/// for every sample by itself.
template <typename Scalar>
struct JacobianFeedback {
  Index every = 1;  ///< steps between two looks at the gains
  PackedMatrices<Scalar> transposed =
      {};  // W_{k+1}^T of hidden layer k: room for products, not memory

  void prepare(const auto&) {}
  void require_shapes(const auto&) const {
    require(every > 0, "JacobianFeedback: every must be > 0, got ", every);
  }
  void require_nonzero(const auto& layers) const { layers.require_nonzero(); }
  void init(const std::vector<Index>&, Random) {}

  /// Lays out the weights, before every relaxation.
  void begin(const auto& layers) {
    transposed.resize(layers.depth() - 1);
    for (std::size_t k = 0; k < transposed.size(); ++k)
      transposed[k].pack(layers.weights(k + 1).transpose());
  }

  bool wants_gain(Index t) const { return (t + 1) % every == 0; }

  void send(const auto&, const Matrices<Scalar>& gain, const Columns& columns,
            Matrices<Scalar>& apical) const {
    for (std::size_t k = apical.size() - 1; k-- > 0;) {
      transposed[k].multiply(columns.of(apical[k + 1]), columns.of(apical[k]));
      columns.of(apical[k]).array() *= columns.of(gain[k]).array();
    }
  }

  void each(auto&&) {}
};

/// No noise.
struct Quiet {
  static constexpr bool silent = true;
};

/// Noise on every state, white or low-pass filtered: with a = dt / tau, xi <- (a / sqrt(dt)) N(0,
/// 1) + (1 - a) xi; the drive gets sigma xi.
struct FilteredNoise {
  static constexpr bool silent = false;

  double sigma = 0.01;
  double output_sigma = 0.01;
  double time_constant = 0;  ///< tau; 0: white
  Random random = {};

  void check(double dt) const {
    require(time_constant == 0 || time_constant >= dt,
            "FilteredNoise: the time constant must be 0 or >= dt, got ", time_constant);
  }

  /// One step of xi, one column; what is drawn depends on layer, run, step and column alone.
  template <typename Scalar>
  void advance(double dt, std::uint32_t layer, std::uint64_t draw, auto&& xi) const {
    const double fresh = time_constant == 0 ? 1 : dt / time_constant;
    const Scalar keep = Scalar(1 - fresh), size = Scalar(fresh / std::sqrt(dt));
    Random r = random.stream("noise", layer).at(draw);
    for (Index i = 0; i < xi.rows(); ++i) xi(i) = keep * xi(i) + size * r.normal<Scalar>();
  }
};

}  // namespace hebb

/// @file
/// The linear readout: a linear classifier trained on fixed features.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "hebb/analysis/metrics.hpp"
#include "hebb/core/kernels/softmax.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/core/random.hpp"

namespace hebb {

/// z -> scale (z - shift), with one scale and one shift per unit.
template <typename Scalar>
struct Affine {
  Vector<Scalar> shift;  ///< one per unit; subtracted first
  Vector<Scalar> scale;  ///< one per unit; a factor
};

/// Features as they are.
struct Raw {
  /// Shift 0 and scale 1 for every unit.
  template <typename Scalar>
  static Affine<Scalar> fit(const View<Scalar>& features) {
    return {Vector<Scalar>::Zero(features.rows()), Vector<Scalar>::Ones(features.rows())};
  }
};

/// Features are centred and divided by one number per layer, their root mean square over units and
/// samples. The relative sizes of the units stay the same, and one learning rate suits every layer.
/// The divisor is at least 1e-3, so that a collapsed layer is not amplified.
struct OneScale {
  /// Shift and scale of these features, units x samples.
  template <typename Scalar>
  static Affine<Scalar> fit(const View<Scalar>& features) {
    const Matrix<Scalar> x = centred<Scalar>(features);
    const double rms = std::sqrt(x.template cast<Wide<Scalar>>().squaredNorm() / double(x.size()));
    return {unit_means<Scalar>(features),
            Vector<Scalar>::Constant(x.rows(), Scalar(1 / std::max(rms, 1e-3)))};
  }
};

/// Each unit centred and divided by its standard deviation, or by 1e-3 where that is larger.
struct Standardised {
  /// Shift and scale of these features, units x samples.
  template <typename Scalar>
  static Affine<Scalar> fit(const View<Scalar>& features) {
    const Matrix<Scalar> x = centred<Scalar>(features);
    Vector<Wide<Scalar>> variance;
    mean_over_columns(
        x.cols(), [&](Index i) { return x.col(i).template cast<Wide<Scalar>>().cwiseAbs2(); },
        variance);
    return {unit_means<Scalar>(features),
            variance.cwiseSqrt().cwiseMax(1e-3).cwiseInverse().template cast<Scalar>()};
  }
};

/// Summed cross-entropy of softmax(p) over the columns of p; `label(i)` is the class of column i. p
/// becomes minus its gradient, 1[label] - softmax(p).
template <typename Scalar>
double softmax_errors(Matrix<Scalar>& p, const auto& label) {
  double loss = 0;
  for (Index i = 0; i < p.cols(); ++i) {
    const Index own = label(i);
    const Scalar drive = p(own, i);
    const auto [largest, sum] = softmax_terms<Scalar>(p.col(i), p.col(i));
    loss += double(std::log(sum) + largest - drive);
    p.col(i) /= -sum;
    p(own, i) += 1;
  }
  return loss;
}

/// Summed cross-entropy of softmax(weights x) over the columns of x, and minus its gradient,
/// (1[label] - p) x^T.
template <typename Scalar>
double cross_entropy(const View<Scalar>& weights, const View<Scalar>& x, const Index* labels,
                     Matrix<Scalar>& minus_gradient) {
  Matrix<Scalar> p = weights * x;
  const double loss = softmax_errors<Scalar>(p, [&](Index i) { return labels[i]; });
  minus_gradient.noalias() = p * x.transpose();
  return loss;
}

/// A trained linear classifier. It takes unscaled features.
template <typename Scalar>
struct LinearClassifier {
  Matrix<Scalar> weights;  ///< classes x units
  Vector<Scalar> bias;     ///< classes
  double loss = 0;         ///< mean cross-entropy over the last epoch of training

  /// The most likely class of each column; the first among equals.
  std::vector<Index> predict(const View<Scalar>& features) const {
    require_shape<Scalar>(features, weights.cols(), features.cols(), "features");
    require_finite<Scalar>(features, "features");
    require<ShapeError>(weights.rows() > 0, "LinearClassifier: there are no classes");
    require_shape<Scalar>(bias, weights.rows(), 1, "LinearClassifier: bias");
    std::vector<Index> classes(static_cast<std::size_t>(features.cols()));
    constexpr Index width = 256;
    parallel_for((features.cols() + width - 1) / width,
                 [&](Index block) {
                   const Index begin = block * width,
                               count = std::min(width, features.cols() - begin);
                   const Matrix<Scalar> score =
                       (weights * features.middleCols(begin, count)).colwise() + bias;
                   for (Index i = 0; i < count; ++i)
                     score.col(i).maxCoeff(&classes[std::size_t(begin + i)]);
                 },
                 product_time(weights.rows(), weights.cols(), features.cols()));
    return classes;
  }

  void each(auto&& visit) {
    visit("weights", weights);
    visit("bias", bias);
    visit("loss", loss);
  }
};

/// Softmax regression with bias, trained with Adam. The learning rate rises linearly during the
/// first epoch, then falls to 0 along half a cosine.
///
/// \f[ \min_{W, b} \; -\langle \log \mathrm{softmax}(W z + b)_{\text{label}} \rangle +
///     \tfrac{\lambda}{2} |W|_F^2 \f]
///
/// | symbol        | code                      | shape           | unit                    |
/// |---------------|---------------------------|-----------------|-------------------------|
/// | \f$z\f$       | `features`                | units x samples | after `Scaling`         |
/// | \f$W, b\f$    | `weights`, `bias`         | classes x units | for unscaled features   |
/// | \f$\eta\f$    | `parameters.eta`          | scalar          | of a weight, per update |
/// | \f$\lambda\f$ | `parameters.weight_decay` | scalar          | after `Scaling`         |
///
/// With `OneScale` the defaults suit features of any scale. With `Raw`, the effect of eta depends
/// on the scale of the features, so layers of different scale are trained to a different degree.
/// Cost: 4 * classes * units * samples * epochs flops. Same bits for any number of threads.
template <typename Scaling = OneScale>
struct LinearReadout {
  struct Parameters {
    double eta = 0.03;        ///< learning rate of Adam after the first epoch
    double weight_decay = 0;  ///< lambda, of the weights without the bias
    Index epochs = 30;        ///< passes over all samples
    Index batch = 512;        ///< at most; batch sizes of an epoch differ by at most one sample
    std::uint64_t seed = 0;   ///< of the order of the samples
  };

  Parameters parameters = {};

  /// Throws ShapeError, NonFinite, InvalidParameter (labels not in [0, classes), parameters out of
  /// range).
  template <typename Scalar>
  LinearClassifier<Scalar> fit(const Matrix<Scalar>& features, const auto& labels,
                               Index classes) const {
    require(classes > 1, "LinearReadout: needs at least two classes, got ", classes);
    require_positive("LinearReadout", "eta", parameters.eta);
    require_at_least("LinearReadout", "weight_decay", parameters.weight_decay, 0);
    require(parameters.epochs > 0, "LinearReadout: epochs must be > 0, got ", parameters.epochs);
    require(parameters.batch > 0, "LinearReadout: batch must be > 0, got ", parameters.batch);
    require<ShapeError>(features.size() > 0, "LinearReadout: features are ", features.rows(), " x ",
                        features.cols());
    require_finite<Scalar>(features, "features");
    const std::vector<Index> truth = checked_labels(labels, features.cols(), classes);
    const Affine<Scalar> affine = Scaling::template fit<Scalar>(features);

    const Index samples = features.cols(), units = features.rows(),
                batches = (samples + parameters.batch - 1) / parameters.batch;
    const Adam adam{.schedule = {.warmup = batches, .total = batches * parameters.epochs}};
    Matrix<Scalar> weights =
        Matrix<Scalar>::Zero(classes, units + 1);  // the last column is the bias
    auto state = adam.init<Scalar>({.pre = units + 1, .post = classes});
    double loss = 0;
    for (Index epoch = 0; epoch < parameters.epochs; ++epoch) {
      const std::vector<Index> order = Random{.seed = parameters.seed}
                                           .stream("readout batches")
                                           .at(std::uint64_t(epoch))
                                           .permutation(samples);
      loss = 0;
      for (Index batch = 0; batch < batches; ++batch) {
        const Index begin = batch * samples / batches, end = (batch + 1) * samples / batches;
        const auto chosen = std::span(order).subspan(std::size_t(begin), std::size_t(end - begin));
        auto [sum, change] = sum_over(features, truth, affine, weights, chosen);
        change /= Scalar(end - begin);
        change.leftCols(units) -= Scalar(parameters.weight_decay) * weights.leftCols(units);
        const auto apply = [&, &step = change] {  // clang 14 captures no structured bindings
          adam.apply<Scalar>(weights, step, None{}, parameters.eta, state);
        };
        name_divergence(apply, "LinearReadout: epoch ", epoch);
        loss += sum / double(samples);
      }
      require<Divergence>(std::isfinite(loss), "LinearReadout: the loss of epoch ", epoch, " is ",
                          loss);
    }
    const Matrix<Scalar> unscaled = weights.leftCols(units) * affine.scale.asDiagonal();
    return {unscaled, weights.col(units) - unscaled * affine.shift, loss};
  }

 private:
  template <typename Scalar>
  struct Sum {
    double loss = 0;
    Matrix<Scalar> change;
  };

  /// The loss and minus its gradient over the chosen samples, in blocks that do not depend on the
  /// number of threads.
  template <typename Scalar>
  static Sum<Scalar> sum_over(const Matrix<Scalar>& features, const std::vector<Index>& truth,
                              const Affine<Scalar>& affine, const Matrix<Scalar>& weights,
                              std::span<const Index> chosen) {
    constexpr Index width = 256;
    const Index count = Index(chosen.size()), blocks = (count + width - 1) / width;
    std::vector<Sum<Scalar>> parts(static_cast<std::size_t>(blocks));
    parallel_for(
        blocks,
        [&](Index block) {
          const Index begin = block * count / blocks, end = (block + 1) * count / blocks;
          Matrix<Scalar> x(features.rows() + 1, end - begin);
          std::vector<Index> labels;
          for (Index i = begin; i < end; ++i) {
            const Index sample = chosen[std::size_t(i)];
            x.col(i - begin) << (features.col(sample) - affine.shift).cwiseProduct(affine.scale),
                Scalar(1);
            labels.push_back(truth[std::size_t(sample)]);
          }
          Sum<Scalar>& part = parts[std::size_t(block)];
          part.loss = cross_entropy<Scalar>(weights, x, labels.data(), part.change);
        },
        2 * product_time(weights.rows(), weights.cols(), count));
    for (std::size_t block = 1; block < parts.size(); ++block) {
      parts[0].loss += parts[block].loss;
      parts[0].change += parts[block].change;
    }
    return std::move(parts[0]);
  }
};

}  // namespace hebb

/// @file
/// The readout of deep SoftHebb: a linear classifier trained with dropout on many features, which
/// may be stored in half precision.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "hebb/analysis/linear_readout.hpp"

namespace hebb {

/// Softmax regression with bias and dropout of the features, trained with Adam.
///
/// \f[ \min_{W, b} \; -\langle \log \mathrm{softmax}(W (m \odot z) + b)_{\text{label}} \rangle,
///     \qquad m = \frac{1}{1 - q} \text{ with probability } 1 - q, \text{ else } 0 \f]
///
/// | symbol      | code                 | shape           | unit                    |
/// |-------------|----------------------|-----------------|-------------------------|
/// | \f$z\f$     | `features`           | units x samples | any                     |
/// | \f$q\f$     | `parameters.dropout` | scalar          | 1                       |
/// | \f$W, b\f$  | `weights`, `bias`    | classes x units | 1 / unit of a feature   |
/// | \f$\eta\f$  | `parameters.eta`     | scalar          | of a weight, per update |
///
/// A batch is read and multiplied in blocks of units that stay in the cache, so features need not
/// be converted as a whole: half precision (Eigen::half) halves their memory. Weights are float
/// unless `Real` is another type. Cost: 4 classes * units * samples * epochs flops. Same bits for
/// any number of threads. The defaults are those of the source.
///
/// A. Journe, H. Garcia Rodriguez, Q. Guo & T. Moraitis, ICLR 2023, the published program.
struct DropoutReadout {
  struct Parameters {
    double eta = 1e-3;     ///< learning rate of Adam; halved at `halvings`
    double dropout = 0.5;  ///< probability q; rounded to a 256th, at most 255 of them
    Index epochs = 50;     ///< passes over all samples
    Index batch = 64;      ///< the last of an epoch is smaller
    std::vector<Index> halvings = {10, 17, 25, 30, 35, 40, 45};  ///< epochs at which eta halves
    std::uint64_t seed = 0;  ///< of the initial weights, the batches and the dropout
  };

  Parameters parameters = {};

  /// Throws ShapeError, NonFinite, Divergence, InvalidParameter (labels not in [0, classes),
  /// parameters out of range). `progress` is called after each epoch with its number and its loss.
  template <typename Feature, typename Real = float>
  LinearClassifier<Real> fit(const Eigen::Matrix<Feature, Eigen::Dynamic, Eigen::Dynamic>& features,
                             const auto& labels, Index classes, const auto& progress) const {
    check(features.rows(), features.cols(), classes);
    const std::vector<Index> truth = checked_labels(labels, features.cols(), classes);
    const Index samples = features.cols(), units = features.rows();
    Matrix<Real> weights = Matrix<Real>::Zero(classes, units + 1);  // the last column is the bias
    const Adam adam;
    auto state = adam.init<Real>({.pre = units + 1, .post = classes});
    Matrix<Real> x, change;
    double eta = parameters.eta, loss = 0;
    const Random random{.seed = parameters.seed};
    std::uint64_t update = 0;
    for (Index epoch = 0; epoch < parameters.epochs; ++epoch) {
      if (std::ranges::count(parameters.halvings, epoch) > 0) eta /= 2;
      const std::vector<Index> order =
          random.stream("readout batches").at(std::uint64_t(epoch)).permutation(samples);
      loss = 0;
      for (Index begin = 0; begin < samples; begin += parameters.batch, ++update) {
        const auto chosen = std::span(order).subspan(
            std::size_t(begin), std::size_t(std::min(parameters.batch, samples - begin)));
        loss +=
            step(features, truth, chosen, random.stream("dropout").at(update), weights, x, change) /
            double(samples);
        const auto apply = [&] { adam.apply<Real>(weights, change, None{}, eta, state); };
        name_divergence(apply, "DropoutReadout: epoch ", epoch);
      }
      require<Divergence>(std::isfinite(loss), "DropoutReadout: the loss of epoch ", epoch, " is ",
                          loss);
      progress(epoch, loss);
    }
    return {weights.leftCols(units), weights.col(units), loss};
  }

  /// The same without progress.
  template <typename Feature, typename Real = float>
  LinearClassifier<Real> fit(const Eigen::Matrix<Feature, Eigen::Dynamic, Eigen::Dynamic>& features,
                             const auto& labels, Index classes) const {
    return fit<Feature, Real>(features, labels, classes, [](Index, double) {});
  }

 private:
  static constexpr Index lanes = 16;           ///< random bytes per block of bits
  static constexpr Index width = 128 * lanes;  ///< units per block

  void check(Index units, Index samples, Index classes) const {
    const Parameters& p = parameters;
    require(classes > 1, "DropoutReadout: needs at least two classes, got ", classes);
    require_positive("DropoutReadout", "eta", p.eta);
    require(p.dropout >= 0 && p.dropout < 1, "DropoutReadout: dropout must be in [0, 1), got ",
            p.dropout);
    require(p.epochs > 0, "DropoutReadout: epochs must be > 0, got ", p.epochs);
    require(p.batch > 0, "DropoutReadout: batch must be > 0, got ", p.batch);
    require<ShapeError>(units > 0 && samples > 0, "DropoutReadout: features are ", units, " x ",
                        samples);
  }

  /// The summed loss of a batch; `change` becomes minus its mean gradient. `x` holds the features
  /// after dropout, for the second product.
  template <typename Feature, typename Real>
  double step(const Eigen::Matrix<Feature, Eigen::Dynamic, Eigen::Dynamic>& features,
              const std::vector<Index>& truth, std::span<const Index> chosen, const Random& random,
              const Matrix<Real>& weights, Matrix<Real>& x, Matrix<Real>& change) const {
    const Index units = features.rows(), count = Index(chosen.size()), classes = weights.rows(),
                blocks = (units + width - 1) / width, padded = (units + lanes - 1) / lanes * lanes;
    x.resize(units, count);
    Matrix<Real> parts(classes, blocks * count);
    for_each_block(units, width, [&](Index first, Index rows) {
      for (Index i = 0; i < count; ++i) {
        auto to = x.col(i).segment(first, rows);
        to = features.col(chosen[std::size_t(i)]).segment(first, rows).template cast<Real>();
        require_finite<Real>(to, "features");
        drop<Real>(random, (i * padded + first) / lanes, to);
      }
      parts.middleCols(first / width * count, count).noalias() =
          weights.middleCols(first, rows) * x.middleRows(first, rows);
    });
    Matrix<Real> p = weights.col(units).replicate(1, count);
    for (Index block = 0; block < blocks; ++block) p += parts.middleCols(block * count, count);
    const double loss = softmax_errors<Real>(
        p, [&](Index i) { return truth[std::size_t(chosen[std::size_t(i)])]; });
    p /= Real(count);
    change.resize(classes, units + 1);
    change.col(units) = p.rowwise().sum();
    for_each_block(units, width, [&](Index first, Index rows) {
      change.middleCols(first, rows).noalias() = p * x.middleRows(first, rows).transpose();
    });
    return loss;
  }

  /// Sets features to 0 with the probability of dropout and scales the others. They take their
  /// random numbers from the blocks of bits `first_block`, `first_block` + 1, ...
  template <typename Real>
  void drop(Random random, Index first_block, Eigen::Ref<Vector<Real>> x) const {
    const auto limit = std::uint8_t(std::min<long>(255, std::lround(256 * parameters.dropout)));
    if (limit == 0) return;
    const Real scale = Real(256) / Real(256 - limit);
    random.index = std::uint64_t(first_block);
    for (Index begin = 0; begin < x.size(); begin += lanes) {
      const auto bits = random.bits();
      Real factors[lanes];
      for (std::size_t lane = 0; lane < lanes; ++lane)
        factors[lane] = std::uint8_t(bits[lane / 4] >> (8 * (lane % 4))) < limit ? Real(0) : scale;
      if (x.size() - begin >= lanes)
        x.template segment<lanes>(begin).array() *=
            Eigen::Map<const Eigen::Array<Real, lanes, 1>>(factors);
      else
        for (Index i = begin; i < x.size(); ++i) x(i) *= factors[i - begin];
    }
  }
};

}  // namespace hebb

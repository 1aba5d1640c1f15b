/// @file
/// The readout of deep SoftHebb: a linear classifier trained with dropout on many features, which
/// may be stored in half precision.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <vector>

#include "hebb/analysis/linear_readout.hpp"
#include "hebb/core/kernels/products.hpp"
#include "hebb/core/kernels/random_bytes.hpp"

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
/// A batch is read, converted and multiplied in blocks of units that stay in the cache, so features
/// need not be converted as a whole: half precision (Eigen::half) halves their memory. Weights are
/// float unless `Real` is another type. Cost: 4 classes * units * samples * epochs flops. Same bits
/// for any number of threads. The defaults are those of the source.
///
/// A. Journe, H. Garcia Rodriguez, Q. Guo & T. Moraitis, ICLR 2023, the published program.
struct DropoutReadout {
  struct Parameters {
    double eta = 1e-3;     ///< learning rate of Adam; halved at `halvings`
    double dropout = 0.5;  ///< probability q; rounded to a 256th, at most 255 of them
    Index epochs = 50;     ///< passes over all samples
    Index batch = 64;      ///< the last of an epoch is smaller
    std::vector<Index> halvings = {10, 17, 25, 30, 35, 40, 45};  ///< epochs at which eta halves
    std::uint64_t seed = 0;  ///< of the order of the samples and of the dropout
  };

  Parameters parameters = {};

  /// Throws ShapeError, NonFinite, Divergence, InvalidParameter (labels not in [0, classes),
  /// parameters out of range). `progress` is called after each epoch with its number and its loss.
  template <typename Feature, typename Real = float>
  LinearClassifier<Real> fit(const Eigen::Matrix<Feature, Eigen::Dynamic, Eigen::Dynamic>& features,
                             const auto& labels, Index classes, const auto& progress) const {
    check(features.rows(), features.cols(), classes);
    check_finite<Real>(features);
    const std::vector<Index> truth = checked_labels(labels, features.cols(), classes);
    const Index samples = features.cols(), units = features.rows();
    // Transposed, so that the units of a class lie side by side. The last row is the bias.
    Matrix<Real> weights = Matrix<Real>::Zero(units + 1, classes);
    const Adam adam;
    auto state = adam.init<Real>({.pre = classes, .post = units + 1});
    Workspace<Feature, Real> work(max_threads());
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
        loss += step(features, truth, chosen, random.stream("dropout").at(update), weights, work) /
                double(samples);
        const auto apply = [&] { adam.apply<Real>(weights, work.change, None{}, eta, state); };
        name_divergence(apply, "DropoutReadout: epoch ", epoch);
      }
      require<Divergence>(std::isfinite(loss), "DropoutReadout: the loss of epoch ", epoch, " is ",
                          loss);
      progress(epoch, loss);
    }
    return {weights.topRows(units).transpose(), weights.row(units).transpose(), loss};
  }

  /// The same without progress.
  template <typename Feature, typename Real = float>
  LinearClassifier<Real> fit(const Eigen::Matrix<Feature, Eigen::Dynamic, Eigen::Dynamic>& features,
                             const auto& labels, Index classes) const {
    return fit<Feature, Real>(features, labels, classes, [](Index, double) {});
  }

 private:
  static constexpr Index width = 512;  ///< units per block

  /// Scratch space of a batch.
  template <typename Feature, typename Real>
  struct Workspace {
    Eigen::Matrix<Feature, Eigen::Dynamic, Eigen::Dynamic> kept;  ///< after dropout, by block
    std::vector<Matrix<Real>> blocks;  ///< of each worker: features of a block, converted
    Matrix<Real> parts, p, change;

    explicit Workspace(int workers) : blocks(std::size_t(workers)) {}
  };

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

  /// Throws NonFinite unless all features are finite in the type that they are converted to.
  template <typename Real>
  static void check_finite(const auto& features) {
    for_each_block(features.cols(), 64, [&](Index begin, Index count) {
      Matrix<Real> column;
      for (Index i = begin; i < begin + count; ++i) {
        column = features.col(i).template cast<Real>();
        require_finite<Real>(column, sentence("DropoutReadout: the feature vector of sample ", i));
      }
    });
  }

  /// The summed loss of a batch; `work.change` becomes minus its mean gradient.
  template <typename Feature, typename Real>
  double step(const Eigen::Matrix<Feature, Eigen::Dynamic, Eigen::Dynamic>& features,
              const std::vector<Index>& truth, std::span<const Index> chosen, const Random& random,
              const Matrix<Real>& weights, Workspace<Feature, Real>& work) const {
    const Index units = features.rows(), count = Index(chosen.size()), classes = weights.cols(),
                blocks = (units + width - 1) / width;
    const auto limit = std::uint8_t(std::min<long>(255, std::lround(256 * parameters.dropout)));
    const Real scale = Real(256) / Real(256 - limit);  // of the features that are kept
    work.kept.resize(width, blocks * count);
    work.parts.resize(classes, blocks * count);
    const double time = pass_time(4 * double(units) * double(count));
    // Calls body(first unit, units, features after dropout) for all blocks of units.
    const auto for_each = [&](const auto& body) {
      parallel_for(
          blocks,
          [&](Index block, int worker) {
            const Index first = block * width, rows = std::min(width, units - first);
            body(block, first, rows, work.blocks[std::size_t(worker)]);
          },
          time);
    };
    const auto convert = [&](Index block, Index rows, Matrix<Real>& x) {
      x.resize(width, count);
      for (Index i = 0; i < count; ++i)
        x.col(i).head(rows) = work.kept.col(block * count + i).head(rows).template cast<Real>();
    };
    for_each([&](Index block, Index first, Index rows, Matrix<Real>& x) {
      for (Index i = 0; i < count; ++i)
        drop(random, i * padded(units) + first, limit, &features(first, chosen[std::size_t(i)]),
             rows, &work.kept(0, block * count + i));
      convert(block, rows, x);
      tiles::multiply<Real>(weights.middleRows(first, rows).transpose(), x.topRows(rows),
                            work.parts.middleCols(block * count, count), scale);
    });
    Matrix<Real>& p = work.p;
    p = weights.row(units).transpose().replicate(1, count);
    for (Index block = 0; block < blocks; ++block) p += work.parts.middleCols(block * count, count);
    const double loss = softmax_errors<Real>(
        p, [&](Index i) { return truth[std::size_t(chosen[std::size_t(i)])]; });
    p /= Real(count);
    work.change.resize(units + 1, classes);
    work.change.row(units) = p.rowwise().sum().transpose();
    for_each([&](Index block, Index first, Index rows, Matrix<Real>& x) {
      convert(block, rows, x);
      tiles::multiply<Real>(x.topRows(rows), p.transpose(), work.change.middleRows(first, rows),
                            scale);
    });
    return loss;
  }

  /// The first random byte of a sample: samples begin at a block of random bits.
  static Index padded(Index units) {
    return (units + bytes_per_block - 1) / bytes_per_block * bytes_per_block;
  }

  /// Copies features. Those whose random byte is below `limit` become 0.
  template <typename Feature>
  static void drop(Random random, Index first_byte, std::uint8_t limit, const Feature* from,
                   Index count, Feature* to) {
    if (limit == 0) {
      std::copy_n(from, count, to);
      return;
    }
    constexpr int lanes = int(bytes_per_block);
    using Bytes = simd::Lanes<std::uint8_t, lanes>;
    using Bits = simd::Lanes<
        std::conditional_t<sizeof(Feature) == 2, std::uint16_t,
                           std::conditional_t<sizeof(Feature) == 4, std::uint32_t, std::uint64_t>>,
        lanes>;
    std::uint8_t bytes[std::size_t(width)];
    random.index += std::uint64_t(first_byte / bytes_per_block);
    random_bytes(random, padded(count) / bytes_per_block, bytes);
    Index i = 0;
    for (; i + lanes <= count; i += lanes) {
      Bytes random_lanes;
      Bits value;
      std::memcpy(&random_lanes, bytes + i, sizeof(random_lanes));
      std::memcpy(&value, from + i, sizeof(value));
      // The next block of the sample. The processor does not foresee it: other samples lie between.
      __builtin_prefetch(from + i + width);
      value &= Bits(__builtin_convertvector(random_lanes, Bits) >= limit);
      std::memcpy(static_cast<void*>(to + i), &value, sizeof(value));
    }
    for (; i < count; ++i) to[i] = bytes[i] < limit ? Feature(0) : from[i];
  }
};

}  // namespace hebb

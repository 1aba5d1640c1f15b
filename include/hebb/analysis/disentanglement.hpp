/// @file
/// Disentanglement: whether each unit responds to one factor only (the majority-vote score), and
/// how similar a layer's responses to the values of one factor are.
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "hebb/analysis/metrics.hpp"
#include "hebb/core/random.hpp"

namespace hebb {

/// The result of one repetition.
struct Disentanglement {
  double score = 0;  ///< fraction of the test votes whose factor is predicted correctly
  /// The same when each factor keeps only as many units as it has values, those with most votes.
  double strict = 0;
  Index unvoted = 0;           ///< number of units without a training vote
  Vector<double> recall = {};  ///< the score of the test votes of each factor
};

/// The majority-vote score of disentanglement.
///
/// A draw takes random samples that have one value of one factor, and votes for the unit whose
/// response varies least over these samples:
///
/// \f[ u^* = \arg\min_u \; \mathrm{var}_{draw}(z_u) / \mathrm{var}_{all}(z_u) \f]
///
/// Half of the draws use one half of the samples and train a classifier, which assigns to each unit
/// the factor with most votes per value. The other draws use the other half of the samples and test
/// it. A test vote for a unit without training votes counts as wrong. Units with zero variance are
/// excluded from the vote.
///
/// | symbol    | code       | shape             | unit                              |
/// |-----------|------------|-------------------|-----------------------------------|
/// | \f$z\f$   | `features` | units x samples   | any                               |
/// |           | `factors`  | factors x samples | values from 0 to the factor's size |
/// |           | `sizes`    | factors           | values of each factor             |
///
/// Features are computed once, for random samples; draws choose among them with replacement. The
/// chance level is 1 / factors. Cost: 6 units * images * 2 draws * sum of sizes flops. Same bits
/// for any number of threads. Throws ShapeError, NonFinite, and InvalidParameter where a value of a
/// factor has fewer than four samples.
///
/// H. Kim & A. Mnih, ICML 2018, section 4; with votes per value after M. S. Halvagal & F. Zenke,
/// Nat. Neurosci. 26:1906-1915 (2023).
struct MajorityVote {
  Index draws = 10;    ///< per value of each factor, in training and again in testing
  Index images = 400;  ///< samples per draw
  Random random = {};  ///< its step is the repetition

  /// The score of features, units x samples, for factors, factors x samples, of these sizes.
  template <typename Scalar, typename Double = double>
  Disentanglement operator()(const View<Scalar>& features, const View<Index>& factors,
                             std::span<const Index> sizes) const {
    require(draws > 0, "MajorityVote: draws must be > 0, got ", draws);
    require(images > 1, "MajorityVote: images must be > 1, got ", images);
    require<ShapeError>(features.size() > 0, "MajorityVote: there are no features");
    require_shape<Index>(factors, Index(sizes.size()), features.cols(), "MajorityVote: factors");
    require_finite<Scalar>(features, "features");
    const std::vector<Cell> cells = cells_of(factors, sizes);
    const Spread<Double> all = spread<Scalar, Double>(features);
    require_finite<Double, Divergence>(all.variance, "MajorityVote: the variance of the units");

    std::vector<Index> winners(cells.size() * std::size_t(2 * draws));  // training votes first
    const std::size_t half = winners.size() / 2;
    parallel_for(Index(winners.size()), [&](Index vote) {
      const Cell& cell = cells[std::size_t(vote) % cells.size()];
      Random own = random.stream("votes").at(random.step);
      own.index = std::uint64_t(vote * images);
      const std::span<const Index> samples(cell.samples);
      const std::size_t middle = samples.size() / 2;
      winners[std::size_t(vote)] = steadiest(
          features, all, std::size_t(vote) < half ? samples.first(middle) : samples.subspan(middle),
          own);
    });

    Matrix<Double> votes = Matrix<Double>::Zero(features.rows(), Index(sizes.size()));
    for (std::size_t vote = 0; vote < half; ++vote) {
      const std::size_t factor = cells[vote % cells.size()].factor;
      if (winners[vote] >= 0) votes(winners[vote], Index(factor)) += 1.0 / double(sizes[factor]);
    }
    const auto recall = [&](const Matrix<Double>& table) {
      Vector<Double> right = Vector<Double>::Zero(table.cols());
      for (std::size_t vote = half; vote < winners.size(); ++vote) {
        const std::size_t factor = cells[vote % cells.size()].factor;
        Index predicted = 0;
        if (winners[vote] >= 0 && table.row(winners[vote]).maxCoeff(&predicted) > 0 &&
            predicted == Index(factor))
          right[predicted] += 1 / double(draws * sizes[factor]);
      }
      return right;
    };
    // A factor has `draws` test votes per value.
    const auto score = [&](const Vector<Double>& of_factor) {
      double sum = 0;
      for (std::size_t factor = 0; factor < sizes.size(); ++factor)
        sum += of_factor[Index(factor)] * double(sizes[factor]);
      return sum / double(cells.size());
    };
    const Vector<Double> all_units = recall(votes);
    return {score(all_units), score(recall(most_voted(votes, sizes))),
            (votes.rowwise().sum().array() == 0).count(), all_units};
  }

 private:
  struct Cell {
    std::size_t factor;
    std::vector<Index> samples;  // with one value of the factor
  };

  template <typename Double>
  struct Spread {
    // Of each unit over all samples. The variance of a constant unit is exactly 0.
    Vector<Double> mean, variance;
  };

  template <typename Label>
  static std::vector<Cell> cells_of(const View<Label>& factors, std::span<const Index> sizes) {
    std::vector<Cell> cells;
    for (std::size_t factor = 0; factor < sizes.size(); ++factor) {
      require(sizes[factor] > 0, "MajorityVote: factor ", factor, " has ", sizes[factor],
              " values");
      const std::size_t first = cells.size();
      cells.resize(first + std::size_t(sizes[factor]), {factor, {}});
      const std::vector<Index> values =
          checked_labels(factors.row(Index(factor)), factors.cols(), sizes[factor]);
      for (std::size_t sample = 0; sample < values.size(); ++sample)
        cells[first + std::size_t(values[sample])].samples.push_back(Index(sample));
      for (std::size_t cell = first; cell < cells.size(); ++cell)
        require(cells[cell].samples.size() > 3, "MajorityVote: value ", cell - first, " of factor ",
                factor, " has ", cells[cell].samples.size(),
                " samples; at least two are needed to train and two to test");
    }
    return cells;
  }

  template <typename Scalar, typename Double>
  static Spread<Double> spread(const View<Scalar>& features) {
    Spread<Double> result{unit_means<Scalar>(features).template cast<Double>(),
                          Vector<Double>::Zero(features.rows())};
    Vector<Scalar> least = features.col(0), greatest = least;
    for (Index i = 0; i < features.cols(); ++i) {
      result.variance += (features.col(i).template cast<Double>() - result.mean).cwiseAbs2();
      least = least.cwiseMin(features.col(i));
      greatest = greatest.cwiseMax(features.col(i));
    }
    result.variance =
        (least.array() < greatest.array()).select(result.variance / double(features.cols()), 0.0);
    return result;
  }

  /// The unit with the smallest ratio of its variance in a draw to its variance over all samples;
  /// -1 if no unit varies.
  template <typename Scalar, typename Double>
  Index steadiest(const View<Scalar>& features, const Spread<Double>& all,
                  std::span<const Index> samples, Random own) const {
    Vector<Double> sum = Vector<Double>::Zero(features.rows()), squares = sum;
    for (Index image = 0; image < images; ++image) {
      const auto column = features.col(samples[std::size_t(own.below(Index(samples.size())))]);
      sum += column.template cast<Double>() - all.mean;
      squares += (column.template cast<Double>() - all.mean).cwiseAbs2();
    }
    squares -= sum.cwiseAbs2() / double(images);
    Index winner = -1;
    double least = std::numeric_limits<double>::infinity();
    for (Index unit = 0; unit < squares.size(); ++unit) {
      if (all.variance[unit] == 0) continue;
      const double variance = squares[unit] / all.variance[unit];
      if (variance < least) least = variance, winner = unit;
    }
    return winner;
  }

  /// The table with only the votes for the most voted units of each factor. Among equal units the
  /// first ones are kept.
  template <typename Double>
  static Matrix<Double> most_voted(const Matrix<Double>& votes, std::span<const Index> sizes) {
    Matrix<Double> kept = Matrix<Double>::Zero(votes.rows(), votes.cols());
    std::vector<Index> order(static_cast<std::size_t>(votes.rows()));
    for (Index factor = 0; factor < votes.cols(); ++factor) {
      std::iota(order.begin(), order.end(), Index(0));
      std::stable_sort(order.begin(), order.end(),
                       [&](Index a, Index b) { return votes(a, factor) > votes(b, factor); });
      const Index places = std::min(sizes[std::size_t(factor)], votes.rows());
      for (Index i = 0; i < places; ++i)
        kept(order[std::size_t(i)], factor) = votes(order[std::size_t(i)], factor);
    }
    return kept;
  }
};

/// How similar a layer's responses to the values of a factor are: the cosine between responses,
/// from which their mean over values is subtracted, averaged over contexts. The result is values x
/// values.
///
/// A context fixes all other factors. Columns are in the order value, context, with the value
/// fastest. Because the mean is subtracted, n unrelated values have cosine -1 / (n - 1) with each
/// other.
template <typename Scalar, typename Double = double>
Matrix<Double> similarity_matrix(const View<Scalar>& features, Index values) {
  require(values > 1, "similarity_matrix: values must be > 1, got ", values);
  require<ShapeError>(features.size() > 0 && features.cols() % values == 0,
                      "similarity_matrix: ", features.cols(),
                      " columns do not divide into contexts of ", values, " values");
  require_finite<Scalar>(features, "features");
  Matrix<Double> sum = Matrix<Double>::Zero(values, values);
  for (Index begin = 0; begin < features.cols(); begin += values) {
    Matrix<Double> x = centred<Scalar>(features.middleCols(begin, values)).template cast<Double>();
    for (Index value = 0; value < values; ++value) x.col(value).stableNormalize();
    sum.noalias() += x.transpose() * x;
  }
  return sum / double(features.cols() / values);
}

}  // namespace hebb

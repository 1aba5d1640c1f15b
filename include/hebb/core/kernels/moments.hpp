/// @file
/// Means and variances over the samples of a batch, per neuron and place.
#pragma once

#include <algorithm>

#include "hebb/core/batch.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// How the columns of a response divide into views, samples and places: views x samples x places,
/// place fastest. `columns` and `samples` are those of one view.
struct ColumnLayout {
  Index places, columns, samples, views;  ///< counts; views * columns is the number of all columns

  /// Throws ShapeError, naming `owner`, unless every view has whole samples.
  ColumnLayout(Index all_columns, Index views_, Index places_, const auto& owner)
      : places(places_),
        columns(all_columns / views_),
        samples(columns / std::max<Index>(1, places_)),
        views(views_) {
    require<ShapeError>(places > 0 && samples > 0 && views * places * samples == all_columns, owner,
                        ": ", all_columns, " columns are not ", views,
                        " view(s) of whole samples with ", places, " place(s)");
  }
};

/// Mean and variance over samples: neurons x (views * places), or neurons x places for averages
/// over views.
template <typename Scalar>
struct Moments {
  Matrix<Scalar> mean, variance;  ///< neurons x columns as above
  Matrix<Scalar> sums = {};       ///< scratch space; not saved in checkpoints

  /// The unbiased moments of each view over the `samples` of a batch, of which the rates of this
  /// process are a share. Throws Divergence, with the words `what`, when a variance overflows.
  void measure(const View<Scalar>& rate, const ColumnLayout& n, const char* what, Index samples,
               const BatchShare auto& batch) {
    sum_over_samples(rate, n, n.views, mean, batch,
                     [&](Index column, Index) { return rate.col(column); });
    mean /= Scalar(samples);
    sum_over_samples(rate, n, n.views, variance, batch, [&](Index column, Index place) {
      return (rate.col(column) - mean.col(place)).cwiseAbs2();
    });
    variance /= Scalar(std::max<Index>(1, samples - 1));
    require_finite<Scalar, Divergence>(variance, what);
  }

  /// Running averages over all views with time constant tau, in calls. They begin at mean 0 and
  /// variance 1; the variance is about the advanced mean. `samples` and `batch` as in `measure`.
  void advance(const View<Scalar>& rate, const ColumnLayout& n, double tau, Index samples,
               const BatchShare auto& batch) {
    if (mean.size() == 0) {
      mean.setZero(rate.rows(), n.places);
      variance.setOnes(rate.rows(), n.places);
    }
    const auto keep = Scalar(1 - 1 / tau), weight = Scalar(1 / (tau * double(samples * n.views)));
    sum_over_samples(rate, n, 1, sums, batch,
                     [&](Index column, Index) { return rate.col(column); });
    mean = keep * mean + weight * sums;
    sum_over_samples(rate, n, 1, sums, batch, [&](Index column, Index place) {
      return (rate.col(column) - mean.col(place)).cwiseAbs2();
    });
    variance = keep * variance + weight * sums;
  }

 private:
  /// result = the sum over samples of term(column, place). With `views` of 1 it is one sum over all
  /// views, else `place` counts the places of all views.
  static void sum_over_samples(const View<Scalar>& rate, const ColumnLayout& n, Index views,
                               Matrix<Scalar>& result, const BatchShare auto& batch,
                               const auto& term) {
    batch.sum(n.columns, result, [&](Index begin, Index count, auto& to) {
      to.setZero(rate.rows(), views * n.places);
      for (Index view = 0; view < n.views; ++view)
        for (Index column = begin; column < begin + count; ++column) {
          const Index place = view % views * n.places + column % n.places;
          to.col(place) += term(view * n.columns + column, place);
        }
    });
  }
};

}  // namespace hebb

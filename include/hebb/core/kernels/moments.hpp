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

/// Mean and variance over samples: neurons x places.
template <typename Scalar>
struct Moments {
  Matrix<Scalar> mean, variance;  ///< neurons x places

  /// The unbiased moments of one view over the `samples` of a batch, of which the rates of this
  /// process are a share. Throws Divergence, with the words `what`, when a variance overflows.
  void measure(const View<Scalar>& rate, const ColumnLayout& n, Index view, const char* what,
               Index samples, const BatchShare auto& batch) {
    const Index begin = view * n.columns, end = begin + n.columns;
    mean.setZero(rate.rows(), n.places);
    variance.setZero(rate.rows(), n.places);
    for (Index column = begin; column < end; ++column)
      mean.col(column % n.places) += rate.col(column);
    batch.sum(mean);
    mean /= Scalar(samples);
    for (Index column = begin; column < end; ++column)
      variance.col(column % n.places).array() +=
          (rate.col(column) - mean.col(column % n.places)).array().square();
    batch.sum(variance);
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
    const Scalar keep = batch.is_first() ? Scalar(1 - 1 / tau) : Scalar(0),
                 weight = Scalar(1 / (tau * double(samples * n.views)));
    mean *= keep;
    variance *= keep;
    for (Index column = 0; column < rate.cols(); ++column)
      mean.col(column % n.places) += weight * rate.col(column);
    batch.sum(mean);
    for (Index column = 0; column < rate.cols(); ++column)
      variance.col(column % n.places).array() +=
          weight * (rate.col(column) - mean.col(column % n.places)).array().square();
    batch.sum(variance);
  }
};

}  // namespace hebb

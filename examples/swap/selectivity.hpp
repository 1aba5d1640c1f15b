/// @file
/// How much better a unit likes one image of a pair than the other, and where.
#pragma once

#include <cmath>
#include <vector>

#include "stimuli.hpp"

namespace swap_experiment {

/// A mean over pairs of images, with its standard error.
struct Estimate {
  double mean = 0, error = 0;
};

inline Estimate estimate(const std::vector<double>& values) {
  const double count = double(values.size());
  Estimate result;
  for (const double value : values) result.mean += value / count;
  for (const double value : values) result.error += std::pow(value - result.mean, 2);
  result.error = std::sqrt(result.error / std::max(1.0, count * (count - 1)));
  return result;
}

/// Means over units and pairs.
struct Selectivity {
  Estimate swap, non_swap, control;  ///< P - N where images are swapped, where they are not, and of
                                     ///< control pairs at all places
  Estimate preferred, non_preferred;      ///< P and N at the swap place
  Estimate at_top, at_centre, at_bottom;  ///< P - N of all pairs
};

/// Of each pair, a unit prefers the image to which it responded more at the centre, before
/// exposure. That stays so, whatever it responds to later.
class Preference {
 public:
  /// `before` holds the responses to Canvas::show of all images: units x columns.
  Preference(const Design& design, const Matrix<float>& before)
      : design_(design), sign_(before.rows(), design.pairs()) {
    for (Index pair = 0; pair < design.pairs(); ++pair)
      for (Index unit = 0; unit < before.rows(); ++unit)
        sign_(unit, pair) = before(unit, Design::column(2 * pair, centre)) >=
                                    before(unit, Design::column(2 * pair + 1, centre))
                                ? 1
                                : -1;
  }

  Selectivity measure(const Matrix<float>& response) const {
    std::vector<double> swap, non_swap, control, preferred, non_preferred;
    std::vector<double> by_place[places];
    for (Index pair = 0; pair < design_.pairs(); ++pair) {
      double difference[places];
      for (Index place = 0; place < places; ++place) {
        difference[place] = difference_of(response, pair, place);
        by_place[place].push_back(difference[place]);
      }
      if (design_.is_control(pair)) {
        control.push_back((difference[top] + difference[centre] + difference[bottom]) / places);
        continue;
      }
      const Place where = design_.swap_place(pair);
      const double middle = double(response.col(Design::column(2 * pair, where)).mean() +
                                   response.col(Design::column(2 * pair + 1, where)).mean()) /
                            2;
      swap.push_back(difference[where]);
      non_swap.push_back(difference[design_.non_swap_place(pair)]);
      preferred.push_back(middle + difference[where] / 2);
      non_preferred.push_back(middle - difference[where] / 2);
    }
    return {estimate(swap),
            estimate(non_swap),
            estimate(control),
            estimate(preferred),
            estimate(non_preferred),
            estimate(by_place[top]),
            estimate(by_place[centre]),
            estimate(by_place[bottom])};
  }

 private:
  /// P - N, the mean over units.
  double difference_of(const Matrix<float>& response, Index pair, Index place) const {
    const hebb::Vector<float> first = response.col(Design::column(2 * pair, place));
    const hebb::Vector<float> second = response.col(Design::column(2 * pair + 1, place));
    return double(sign_.col(pair).cwiseProduct(first - second).mean());
  }

  Design design_;
  Matrix<float>
      sign_;  // 1 where a unit prefers the first image of a pair, -1 where it prefers the second
};

}  // namespace swap_experiment

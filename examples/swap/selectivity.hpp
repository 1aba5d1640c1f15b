/// @file
/// The difference between a unit's responses to the two images of a pair, at each place.
#pragma once

#include <vector>

#include "hebb/analysis/spread.hpp"
#include "stimuli.hpp"

namespace swap_experiment {

/// Means over units, and their spread over pairs.
struct Selectivity {
  /// P - N where images are swapped, where they are not, and of control pairs at all places.
  hebb::Spread swap, non_swap, control;
  hebb::Spread preferred, non_preferred;      ///< P and N at the swap place
  hebb::Spread at_top, at_centre, at_bottom;  ///< P - N of all pairs
};

/// The preferred image (P) of each pair and unit: the one with the greater response at the centre
/// before exposure. It stays the same during exposure.
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
    return {hebb::spread(swap),
            hebb::spread(non_swap),
            hebb::spread(control),
            hebb::spread(preferred),
            hebb::spread(non_preferred),
            hebb::spread(by_place[top]),
            hebb::spread(by_place[centre]),
            hebb::spread(by_place[bottom])};
  }

 private:
  /// P - N, the mean over units.
  double difference_of(const Matrix<float>& response, Index pair, Index place) const {
    const hebb::Vector<float> first = response.col(Design::column(2 * pair, place));
    const hebb::Vector<float> second = response.col(Design::column(2 * pair + 1, place));
    return double(sign_.col(pair).cwiseProduct(first - second).mean());
  }

  Design design_;
  Matrix<float> sign_;  // unit x pair: 1 if the first image is preferred, -1 if the second
};

}  // namespace swap_experiment

/// @file
/// A warning if a readout shows no learning.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "common/file.hpp"
#include "hebb/core/types.hpp"

namespace example {

/// A readout without learning, in percent: of raw pixels, or of an untrained network.
struct Control {
  std::string name;
  double percent = 0;
};

/// Returns a sentence if a readout, in percent of `samples` samples in `classes` classes, is not at
/// least two standard errors above chance, or is below a control; empty otherwise. `right` says
/// what is counted.
inline std::string nothing_learned(const std::string& title, double percent, hebb::Index classes,
                                   hebb::Index samples, const std::vector<Control>& controls = {},
                                   const std::string& right = "of the test samples right") {
  const double chance = 1 / double(classes),
               error = std::sqrt(chance * (1 - chance) / double(samples));
  if (!(percent > 100 * (chance + 2 * error)))
    return title + " learned nothing: " + fixed(percent, 1) + " % " + right +
           " is no better than chance, " + fixed(100 * chance, 1) + " %.";
  std::string better;
  for (const Control& control : controls)
    if (percent < control.percent)
      better +=
          (better.empty() ? "" : ", ") + control.name + " " + fixed(control.percent, 1) + " %";
  if (better.empty()) return {};
  return title + " ends below what needs no learning: " + fixed(percent, 1) + " % " + right + "; " +
         better + ".";
}

}  // namespace example

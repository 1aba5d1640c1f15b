/// @file
/// Published results on CIFAR-10: VGG-11 at full width, 800 epochs of 40,000 images, batches of
/// 1024.
///
/// There are two generations of runs, which differ by seven points and must not be mixed: one run
/// of the authors' final code, with normalised images, and the means of four older runs, evaluated
/// without normalisation. Some numbers were read off figures.
#pragma once

#include <array>
#include <vector>

#include "arms.hpp"

namespace lpl_deep::published {

struct Curve {
  Arm arm;
  std::array<double, depth> readout;  ///< percent, layers 1 to 8
};

/// The final code, one run.
inline const std::vector<Curve> final_run{
    {Arm::lpl, {31.8, 49.2, 57.3, 60.5, 62.3, 61.6, 60.9, 60.2}},
    {Arm::shuffled, {31, 44, 48.0, 40.2, 42.9, 40.8, 37.5, 36.6}},
    {Arm::no_predictive, {31, 42, 42.0, 33.2, 32.5, 25, 23, 20}},
    {Arm::no_hebbian, {10.4, 10, 10, 10, 10, 10, 10, 10}},
    {Arm::no_decorrelation, {18.9, 20.3, 24.1, 23.7, 18.5, 24.6, 21.6, 20.7}},
};

/// The older code, four runs.
inline const std::vector<Curve> older_runs{
    {Arm::lpl, {25.2, 40.7, 49.7, 53.4, 55.2, 54.8, 54.1, 53.5}},
    {Arm::no_predictive, {26.4, 34.6, 38.2, 29.6, 26.3, 22.7, 20.4, 18.5}},
    {Arm::no_hebbian, {10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0}},
    {Arm::no_decorrelation, {19.0, 19.4, 21.0, 23.4, 20.5, 19.6, 19.5, 19.1}},
};

/// Mean activity of LPL's layers in the final run.
inline constexpr std::array<double, depth> lpl_activity{0.66, 1.60, 1.12, 0.82,
                                                        1.04, 1.25, 2.20, 3.06};

/// The curve of an arm, or null if none was published.
inline const Curve* find(const std::vector<Curve>& curves, Arm arm) {
  for (const Curve& curve : curves)
    if (curve.arm == arm) return &curve;
  return nullptr;
}

}  // namespace lpl_deep::published

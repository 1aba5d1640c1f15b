/// @file
/// The rules that are compared, and what was published for each.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace soft_hebb_deep {

enum class Arm { soft, hard, random };

struct Naming {
  Arm arm;
  const char* name;   ///< in options and files
  const char* title;  ///< in tables and figures
  /// Published test accuracy on CIFAR-10 of networks of one, two and three blocks, percent; mean of
  /// four seeds (A. Journe, H. Garcia Rodriguez, Q. Guo & T. Moraitis, ICLR 2023).
  std::array<double, 3> published;
};

inline constexpr std::array<Naming, 3> arms{{
    {Arm::soft, "soft", "SoftHebb", {71.10, 77.70, 80.31}},
    {Arm::hard, "hard", "hard winner-take-all", {62.69, 60.08, 60.29}},
    {Arm::random, "random", "random weights", {63.99, 68.64, 64.62}},
}};

inline constexpr std::array<double, 3> published_backpropagation{72.42, 82.49, 83.97};

}  // namespace soft_hebb_deep

/// @file
/// What is run: parts of the report, rates and numbers of pairs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "stdp_protocols/clamp.hpp"
#include "stdp_protocols/repetition.hpp"
#include "stdp_protocols/report_windows.hpp"
#include "stdp_protocols/sjostrom.hpp"

namespace example {

/// The parts of the report.
enum class Part { windows, rates, measurements, contrast, repetition, clamp };

struct Setting {
  std::filesystem::path reference =
      std::filesystem::path(__FILE__).parent_path() / "../../tests/data/spiking";
  std::vector<Part> parts{Part::windows,  Part::rates,      Part::measurements,
                          Part::contrast, Part::repetition, Part::clamp};
  std::vector<double> rates_hz{1, 5, 30};  ///< besides the measured ones
  int pairs = repetitions;

  /// The measured rates and the given ones, in order.
  std::vector<double> rates() const {
    std::vector<double> all = rates_hz;
    for (const Measured& m : sjostrom) all.push_back(m.rate_hz);
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

  bool has(Part part) const { return std::find(parts.begin(), parts.end(), part) != parts.end(); }

  /// The experiments of the chosen parts.
  std::int64_t experiments() const {
    std::int64_t count = 0;
    for (const Part part : parts) switch (part) {
        case Part::windows:
          count += WindowSection::windows;
          break;
        case Part::rates:
          count += 2 * std::int64_t(rates().size());
          break;
        case Part::measurements:
          count += 8;
          break;
        case Part::contrast:
        case Part::repetition:
          count += 23;
          break;
        case Part::clamp:
          count += std::int64_t(clamp_studies.size());
      }
    return count;
  }
};

}  // namespace example

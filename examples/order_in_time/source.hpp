/// @file
/// The images that the units learn from, and the results expected for them.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "common/command_line.hpp"
#include "common/file.hpp"
#include "hebb/core/random.hpp"
#include "hebb/data/idx.hpp"

namespace order_in_time {

using namespace hebb;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// Selectivity of a unit: the distance between its mean responses to two groups of images, divided
/// by the range of all its responses.
struct Selectivity {
  double place = none, kind = none;  ///< for the corner and for the class
  double magnitude = none;           ///< mean |y|
};

enum Rule : std::size_t { untrained, oja, hebbian, predictive, lpl, rules };
inline const std::array<std::string, rules> rule_names{"untrained", "Oja", "Hebb",
                                                       "prediction only", "LPL"};
inline const std::array<std::string, 2> order_names{"place persists", "class persists"};

/// A set of images, its two classes, and the values expected for it.
struct Source {
  std::string path, remedy, kinds;
  std::array<int, 2> labels;
  float eta;
  std::string expected_from;
  std::array<std::array<Selectivity, 2>, rules> expected;  ///< by rule and order
};

inline Source source_of(const std::string& data) {
  if (data == "mnist")
    return {"",
            "point to a directory with MNIST's training files with --path",
            "fives and sixes",
            {5, 6},
            1e-2f,
            "the paper's figure (MNIST, one random sample of 1000 images per class; see --sample)",
            {{{{{0.12, 0.04}, {0.12, 0.04}}},
              {{{0.47, 0.00}, {0.47, 0.00}}},
              {{{0.47, 0.00}, {0.47, 0.00}}},
              {{{}, {}}},
              {{{0.51, 0.00}, {0.01, 0.43}}}}}};
  return {"/usr/share/datasets/fashion-mnist",
          "install Debian's dataset-fashion-mnist, or point to the files with --path",
          "trousers and ankle boots",
          {1, 9},
          2e-3f,
          "an earlier program of the same experiment (Fashion-MNIST, 2 seeds)",
          {{{{{}, {}}},
            {{{0.56, 0.003, 7}, {0.56, 0.003, 7}}},
            {{{0.55, 0.02, 17}, {0.55, 0.02, 17}}},
            {{{}, {}}},
            {{{0.645, 0.001, 5.2}, {0.004, 0.700, 4.4}}}}}};
}

/// Reads the training images, and puts them into a random order if `sample` seeds one.
inline ImageSet read_images(const Source& source, std::optional<std::uint64_t> sample) {
  const auto find = [&](const std::string& name) {
    const example::fs::path plain = example::fs::path(source.path) / name,
                            packed = plain.string() + ".gz";
    if (!example::fs::exists(plain)) example::require_data(packed, source.remedy);
    return example::fs::exists(plain) ? plain : packed;
  };
  const ImageSet images =
      read_idx_images(find("train-images-idx3-ubyte"), find("train-labels-idx1-ubyte"));
  if (!sample) return images;
  return subset(images, Random{.seed = *sample}.permutation(images.size()));
}

}  // namespace order_in_time

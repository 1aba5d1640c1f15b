/// @file
/// The images as inputs of a layer, and their parts for learning, validation and test.
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "hebb/core/finite.hpp"
#include "hebb/core/random.hpp"
#include "hebb/data/image_set.hpp"
#include "hebb/io/npy_convert.hpp"
#include "hebb/io/npz.hpp"

namespace compare_rules {

using namespace hebb;

/// Some samples, one per column, and their labels.
struct Part {
  Matrix<float> x;
  std::vector<Index> labels;

  Index size() const { return x.cols(); }

  Part first(Index count) const {
    const Index kept = std::min(count, size());
    return {x.leftCols(kept), {labels.begin(), labels.begin() + kept}};
  }
};

/// Images of one size, in the order channel, x, y, and their classes.
struct Data {
  std::string name;
  Index channels = 1, width = 0, height = 0;
  Index classes = 0;
  Part learn = {}, validation = {}, test = {};

  Index inputs() const { return channels * width * height; }

  void each_part(const auto& visit) {
    for (Part* part : {&learn, &validation, &test}) visit(*part);
  }
};

inline Part part_of(const ImageSet& set) {
  Part part{Matrix<float>(set.rows(), set.size()), {set.labels.begin(), set.labels.end()}};
  to_columns(set, range(0, set.size()), part.x);
  return part;
}

/// Images of the user's own in a .npz file, with the arrays `images` (N x H x W or N x H x W x C)
/// and `labels` (N). A random fifth of the images is for validation and another for test. The order
/// does not depend on --seed, so that every run has the same test images.
inline Data read_arrays(const std::filesystem::path& path) {
  Data data{.name = path.string()};
  Part all;
  std::vector<std::string> skipped;
  const NpzArrays arrays = read_npz(path, skipped);
  for (const char* name : {"images", "labels"})
    require<FormatError>(arrays.contains(name), path, " has no array `", name, "`");
  const auto& shape = arrays.at("images").shape;
  require<FormatError>(shape.size() == 3 || shape.size() == 4, path, ": images are ",
                       arrays.at("images").shape_text(), ", not N x H x W or N x H x W x C");
  data.height = shape[1], data.width = shape[2], data.channels = shape.size() == 4 ? shape[3] : 1;
  all.x = columns_from_npy<float>(arrays.at("images"), "images");
  const Matrix<double> labels = columns_from_npy<double>(arrays.at("labels"), "labels");
  for (const double label : labels.reshaped()) {
    require<FormatError>(label >= 0 && label < 1e6 && label == double(Index(label)), path,
                         ": labels holds ", label, "; labels are 0, 1, 2, ...");
    all.labels.push_back(Index(label));
  }
  const Index count = all.size(), fifth = count / 5;
  require<FormatError>(Index(all.labels.size()) == count, path, " has ", count, " images and ",
                       all.labels.size(), " labels");
  require<FormatError>(fifth > 0, path, " has ", count, " images; at least 5 are needed");
  for (const Index label : all.labels) data.classes = std::max(data.classes, label + 1);
  const std::vector<Index> order = Random{}.stream("parts").permutation(count);
  Index begin = 0;
  const auto take = [&](Index size) {
    Part part{Matrix<float>(all.x.rows(), size), {}};
    for (Index i = 0; i < size; ++i) {
      part.x.col(i) = all.x.col(order[std::size_t(begin + i)]);
      part.labels.push_back(all.labels[std::size_t(order[std::size_t(begin + i)])]);
    }
    begin += size;
    return part;
  };
  data.learn = take(count - 2 * fifth);
  data.validation = take(fifth);
  data.test = take(fifth);
  return data;
}

/// Replaces blocks of shrink x shrink pixels by their mean. What does not fill a block at the right
/// and at the bottom is cut off.
inline void shrink_images(Data& data, Index shrink) {
  require(shrink >= 1 && shrink <= std::min(data.width, data.height), "--shrink must be from 1 to ",
          std::min(data.width, data.height), ", got ", shrink);
  if (shrink == 1) return;
  const Index width = data.width / shrink, height = data.height / shrink;
  data.each_part([&](Part& part) {
    Matrix<float> small = Matrix<float>::Zero(data.channels * width * height, part.size());
    for (Index y = 0; y < height * shrink; ++y)
      for (Index x = 0; x < width * shrink; ++x)
        small.middleRows((y / shrink * width + x / shrink) * data.channels, data.channels) +=
            part.x.middleRows((y * data.width + x) * data.channels, data.channels);
    part.x = small / float(shrink * shrink);
  });
  data.width = width, data.height = height;
}

/// Subtracts each pixel's mean, and divides all pixels by one number, so that their mean square is
/// 1: the inputs that the starting rates are for. Both numbers come from the part for learning.
inline void standardise_images(Data& data) {
  data.each_part([&](Part& part) { require_finite<float>(part.x, data.name.c_str()); });
  const Vector<float> mean = data.learn.x.rowwise().mean();
  data.each_part([&](Part& part) { part.x.colwise() -= mean; });
  const double square = data.learn.x.cast<double>().squaredNorm() / double(data.learn.x.size());
  require(square > 0, data.name, ": all images are equal");
  data.each_part([&](Part& part) { part.x *= float(1 / std::sqrt(square)); });
}

/// An image moved by one pixel in one of eight directions, as a second view of it. Its edge is
/// repeated.
inline void shift(const Data& data, const auto& image, Random& random, auto&& shifted) {
  const Index way = (random.below(8) + 5) % 9;  // of 3 x 3, without the middle one
  for (Index y = 0; y < data.height; ++y)
    for (Index x = 0; x < data.width; ++x) {
      const Index from_x = std::clamp<Index>(x + way % 3 - 1, 0, data.width - 1),
                  from_y = std::clamp<Index>(y + way / 3 - 1, 0, data.height - 1);
      shifted.segment((y * data.width + x) * data.channels, data.channels) =
          image.segment((from_y * data.width + from_x) * data.channels, data.channels);
    }
}

/// What a layer sees in a step.
enum class Sees {
  images,  ///< the images of the batch
  pairs    ///< [images | shifted images], two views of each
};

inline void draw_batch(const Data& data, std::span<const Index> chosen, Sees sees, Random random,
                       Matrix<float>& x) {
  const Index count = Index(chosen.size());
  x.resize(data.inputs(), sees == Sees::pairs ? 2 * count : count);
  for (Index i = 0; i < count; ++i) {
    x.col(i) = data.learn.x.col(chosen[std::size_t(i)]);
    if (sees == Sees::pairs)
      shift(data, data.learn.x.col(chosen[std::size_t(i)]), random, x.col(count + i));
  }
}

}  // namespace compare_rules

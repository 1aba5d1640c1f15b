/// @file
/// Where the images come from.
#pragma once

#include <string>

#include "common/image_data.hpp"
#include "compare_rules/data.hpp"

namespace compare_rules {

inline Data read_data_set(example::Dataset dataset, const std::string& path) {
  const example::Images images = example::load(dataset, path);
  const ImageSet& learn = images.learn;
  return {example::name_of(dataset),
          learn.channels,
          learn.width,
          learn.height,
          learn.classes,
          part_of(learn),
          part_of(images.validation),
          part_of(images.test)};
}

/// Where the images are, and how large they become.
struct Source {
  example::Dataset dataset = example::Dataset::fashion;
  std::string path, own;
  Index shrink = 2;

  Data read(Index learn_images, bool quick) const {
    Data data = own.empty() ? read_data_set(dataset, path) : read_own(own);
    data.learn = data.learn.first(learn_images);
    data.validation = data.validation.first(quick ? 1000 : 5000);
    if (quick) data.test = data.test.first(2000);
    shrink_images(data, shrink);
    standardise_images(data);
    return data;
  }
};

}  // namespace compare_rules

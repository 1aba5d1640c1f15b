/// @file
/// Where the images come from.
#pragma once

#include <filesystem>
#include <string>

#include "common/own_images.hpp"
#include "compare_rules/data.hpp"

namespace compare_rules {

inline Data data_of(const example::Images& images, const std::string& name) {
  const ImageSet& learn = images.learn;
  return {name,
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
  std::string path;
  Index size = 32, shrink = 2;

  Data read(Index learn_images, bool quick) const {
    Data data = load();
    data.learn = data.learn.first(learn_images);
    data.validation = data.validation.first(quick ? 1000 : 5000);
    if (quick) data.test = data.test.first(2000);
    shrink_images(data, shrink);
    standardise_images(data);
    return data;
  }

 private:
  Data load() const {
    if (dataset != example::Dataset::own)
      return data_of(example::load(dataset, path), example::name_of(dataset));
    require(
        !path.empty(),
        "--data own needs --path, a folder with one subfolder of pictures per class, or a .npz");
    if (std::filesystem::path(path).extension() == ".npz") return read_arrays(path);
    return data_of(example::own_images(path, size), path);
  }
};

}  // namespace compare_rules

/// @file
/// Where the images come from.
#pragma once

#include <filesystem>
#include <string>

#include "common/image_choice.hpp"
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
  example::ImageChoice choice;
  Index shrink = 2;

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
    if (choice.dataset != example::Dataset::own)
      return data_of(choice.load(example::StreamKind::augment), choice.name());
    if (std::filesystem::path(choice.path).extension() == ".npz") return read_arrays(choice.path);
    return data_of(choice.load(example::StreamKind::augment), choice.path);
  }
};

}  // namespace compare_rules

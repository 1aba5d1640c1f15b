/// @file
/// STL-10, plain or .gz.
#pragma once

#include "hebb/data/planes.hpp"

namespace hebb {

/// Images of 96 x 96 without labels: planes of red, green and blue, y fastest.
inline constexpr PlaneFormat stl10_format{
    .width = 96, .height = 96, .order = PlaneOrder::y_fastest};

/// Reads images without labels. Throws what `read_planes` throws.
inline ImageSet read_stl10(const std::filesystem::path& path,
                           std::uint64_t limit = default_file_limit) {
  return read_planes(std::span(&path, 1), stl10_format, limit);
}

/// Adds the labels that a file of their own holds: one byte per image, 1 to 10 in the file, 0 to 9
/// in the set. Throws IoError or FormatError, naming the file and the sample.
inline void add_stl10_labels(ImageSet& images, const std::filesystem::path& path,
                             std::uint64_t limit = default_file_limit) {
  InputFile file(path);
  const std::uint64_t labels = file.count(limit);
  require<FormatError>(labels == std::uint64_t(images.size()), path, " has ", labels,
                       " labels, there are ", images.size(), " images", file.hint());
  images.classes = 10;
  images.labels.reserve(std::size_t(labels));
  for_each_record(file, 1, [&](std::span<const std::uint8_t> record, std::uint64_t number) {
    require<FormatError>(1 <= record[0] && record[0] <= 10, path, " has label ", int(record[0]),
                         " at sample ", number, "; labels run from 1 to 10");
    images.labels.push_back(record[0] - 1);
  });
}

/// Reads images with their labels. Throws what `read_planes` and `add_stl10_labels` throw.
inline ImageSet read_stl10(const std::filesystem::path& images_path,
                           const std::filesystem::path& labels_path,
                           std::uint64_t limit = default_file_limit) {
  ImageSet images = read_stl10(images_path, limit);
  add_stl10_labels(images, labels_path, limit);
  return images;
}

}  // namespace hebb

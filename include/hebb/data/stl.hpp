/// @file
/// STL-10, plain or .gz.
#pragma once

#include "hebb/data/image_set.hpp"
#include "hebb/data/input_file.hpp"

namespace hebb {

/// Reads images without labels: 96 x 96, three planes each, red, green and blue, y fastest.
///
/// Throws IoError or FormatError, naming the file and the record, also where it holds more than
/// `limit` bytes.
inline ImageSet read_stl10(const std::filesystem::path& path,
                           std::uint64_t limit = default_file_limit) {
  constexpr std::size_t channels = 3, side = 96, plane = side * side;
  ImageSet images{.channels = channels,
                  .width = side,
                  .height = side,
                  .pixels = {},
                  .labels = {},
                  .classes = 0};
  InputFile file(path);
  images.pixels.reserve(std::size_t(file.count(limit)));
  for_each_record(file, channels * plane, [&](std::span<const std::uint8_t> record, std::uint64_t) {
    images.pixels.resize(images.pixels.size() + channels * plane);
    std::uint8_t* const image = &images.pixels[images.pixels.size() - channels * plane];
    for (std::size_t channel = 0; channel < channels; ++channel)
      for (std::size_t x = 0; x < side; ++x)
        for (std::size_t y = 0; y < side; ++y)
          image[(y * side + x) * channels + channel] = record[channel * plane + x * side + y];
  });
  return images;
}

/// Images with their labels: one byte each, 1 to 10 in the file, 0 to 9 in the set.
inline ImageSet read_stl10(const std::filesystem::path& images_path,
                           const std::filesystem::path& labels_path,
                           std::uint64_t limit = default_file_limit) {
  ImageSet images = read_stl10(images_path, limit);
  images.classes = 10;
  InputFile file(labels_path);
  const std::uint64_t labels = file.count(limit);
  require<FormatError>(labels == std::uint64_t(images.size()), labels_path, " has ", labels,
                       " labels, ", images_path, " has ", images.size(), " images", file.hint());
  images.labels.reserve(std::size_t(labels));
  for_each_record(file, 1, [&](std::span<const std::uint8_t> record, std::uint64_t number) {
    require<FormatError>(1 <= record[0] && record[0] <= 10, labels_path, " has label ",
                         int(record[0]), " at sample ", number, "; labels run from 1 to 10");
    images.labels.push_back(record[0] - 1);
  });
  return images;
}

}  // namespace hebb

/// @file
/// The binary version of CIFAR-10, plain or .gz.
#pragma once

#include "hebb/data/image_set.hpp"
#include "hebb/data/input_file.hpp"

namespace hebb {

/// Reads one or several batch files, in the order given, into one set of 32 x 32 colour images.
///
/// A file is nothing but records of 3073 bytes: the label, 0 to 9, then a plane each of red, green
/// and blue, x fastest. Throws IoError or FormatError, naming the file and the record, also where a
/// file holds more than `limit` bytes.
inline ImageSet read_cifar10(std::span<const std::filesystem::path> files,
                             std::uint64_t limit = default_file_limit) {
  constexpr std::size_t channels = 3, side = 32, plane = side * side;
  ImageSet images{.channels = channels,
                  .width = side,
                  .height = side,
                  .pixels = {},
                  .labels = {},
                  .classes = 10};
  require(!files.empty(), "read_cifar10: there is no file to read");
  std::uint64_t records = 0;
  for (const auto& path : files) records += InputFile(path).count(limit) / (1 + channels * plane);
  images.pixels.reserve(std::size_t(records * channels * plane));
  images.labels.reserve(std::size_t(records));
  for (const auto& path : files) {
    InputFile file(path);
    for_each_record(
        file, 1 + channels * plane,
        [&](std::span<const std::uint8_t> record, std::uint64_t number) {
          require<FormatError>(record[0] < images.classes, path, " has label ", int(record[0]),
                               " in record ", number, "; labels run from 0 to 9", file.hint());
          images.labels.push_back(record[0]);
          images.pixels.resize(images.pixels.size() + channels * plane);
          std::uint8_t* const image = &images.pixels[images.pixels.size() - channels * plane];
          for (std::size_t channel = 0; channel < channels; ++channel)
            for (std::size_t pixel = 0; pixel < plane; ++pixel)
              image[pixel * channels + channel] = record[1 + channel * plane + pixel];
        });
  }
  return images;
}

/// One file.
inline ImageSet read_cifar10(const std::filesystem::path& file,
                             std::uint64_t limit = default_file_limit) {
  return read_cifar10(std::span(&file, 1), limit);
}

}  // namespace hebb

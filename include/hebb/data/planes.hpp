/// @file
/// Files that hold nothing but images of one size, each channel a plane of bytes. CIFAR-10 and
/// STL-10 are such files.
#pragma once

#include "hebb/data/image_set.hpp"
#include "hebb/data/input_file.hpp"

namespace hebb {

/// Which pixels of a plane are neighbours in the file.
enum class PlaneOrder { x_fastest, y_fastest };

/// The records of a file: one byte for the label if there are classes, then one plane per channel.
struct PlaneFormat {
  Index channels = 3;                        ///< planes per image
  Index width = 0;                           ///< pixels per row
  Index height = 0;                          ///< rows of pixels
  PlaneOrder order = PlaneOrder::x_fastest;  ///< which pixels of a plane are neighbours
  int classes = 0;  ///< labels run from 0 to classes - 1; without classes there are no labels

  Index plane() const { return width * height; }            ///< bytes per plane
  Index label_size() const { return classes > 0 ? 1 : 0; }  ///< bytes of the label: 0 or 1
  /// Bytes per image, label included.
  Index record_size() const { return label_size() + channels * plane(); }
};

/// Reads one or several files, in the order given, into one set of images.
///
/// Throws IoError or FormatError, naming the file and the record, also where a file holds more than
/// `limit` bytes.
inline ImageSet read_planes(std::span<const std::filesystem::path> files, const PlaneFormat& format,
                            std::uint64_t limit = default_file_limit) {
  const std::size_t record_size = std::size_t(format.record_size()),
                    image_size = std::size_t(format.channels * format.plane());
  ImageSet images{.channels = format.channels,
                  .width = format.width,
                  .height = format.height,
                  .pixels = {},
                  .labels = {},
                  .classes = format.classes};
  std::uint64_t records = 0;
  for (const auto& path : files) records += InputFile(path).count(limit) / record_size;
  images.pixels.reserve(records * image_size);
  if (format.classes > 0) images.labels.reserve(records);

  const bool x_fastest = format.order == PlaneOrder::x_fastest;
  const Index x_step = x_fastest ? 1 : format.height, y_step = x_fastest ? format.width : 1;
  const auto add_pixels = [&](const std::uint8_t* planes) {
    images.pixels.resize(images.pixels.size() + image_size);
    std::uint8_t* const image = images.pixels.data() + images.pixels.size() - image_size;
    for (Index channel = 0; channel < format.channels; ++channel)
      for (Index y = 0; y < format.height; ++y)
        for (Index x = 0; x < format.width; ++x)
          image[(y * format.width + x) * format.channels + channel] =
              planes[channel * format.plane() + x * x_step + y * y_step];
  };
  for (const auto& path : files) {
    InputFile file(path);
    for_each_record(
        file, record_size, [&](std::span<const std::uint8_t> record, std::uint64_t number) {
          if (format.classes > 0) {
            require<FormatError>(record[0] < format.classes, path, " has label ", int(record[0]),
                                 " in record ", number, "; labels run from 0 to ",
                                 format.classes - 1, file.hint());
            images.labels.push_back(record[0]);
          }
          add_pixels(record.data() + format.label_size());
        });
  }
  return images;
}

}  // namespace hebb

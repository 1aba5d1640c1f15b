/// @file
/// The IDX format of MNIST and its relatives, plain or .gz.
#pragma once

#include "hebb/data/image_set.hpp"
#include "hebb/data/input_file.hpp"

namespace hebb {

/// The content of an IDX file of bytes; the last size is the fastest.
struct IdxArray {
  std::vector<Index> sizes;          ///< elements per dimension
  std::vector<std::uint8_t> values;  ///< one per element, the last dimension fastest
};

/// Reads an IDX file of unsigned bytes.
///
/// | bytes       | content                                                   |
/// |-------------|-----------------------------------------------------------|
/// | 0, 1        | 0                                                         |
/// | 2           | type of the elements: 8, unsigned bytes, is the only one read |
/// | 3           | number of sizes n, 1 to 4                                 |
/// | 4 .. 4n + 3 | the sizes, 32 bits each, highest byte first               |
/// | the rest    | the elements, exactly as many as the sizes' product       |
///
/// Throws IoError or FormatError, naming the file and the field. Before memory is allocated, the
/// sizes are checked against `limit` and against the length of the file.
inline IdxArray read_idx(const std::filesystem::path& path,
                         std::uint64_t limit = default_file_limit) {
  InputFile file(path);
  std::array<std::uint8_t, 4> word;
  file.read_field(word.data(), word.size(), "magic number");
  require<FormatError>(word[0] == 0 && word[1] == 0, path,
                       " is not an IDX file: its magic number begins with ", int(word[0]), ", ",
                       int(word[1]), " instead of 0, 0", file.hint());
  require<FormatError>(word[2] == 8, path, " has elements of type ", int(word[2]),
                       "; only 8, unsigned bytes, is read");
  const int dimensions = word[3];
  require<FormatError>(1 <= dimensions && dimensions <= 4, path, " has ", dimensions,
                       " sizes; 1 to 4 are read");

  IdxArray array;
  std::uint64_t total = 1;
  for (int i = 1; i <= dimensions; ++i) {
    file.read_field(word.data(), word.size(), "list of sizes");
    const std::uint64_t size = std::uint64_t(word[0]) << 24 | std::uint64_t(word[1]) << 16 |
                               std::uint64_t(word[2]) << 8 | word[3];
    require<FormatError>(size > 0, path, " has size ", i, " equal to 0");
    require<FormatError>(size <= limit / total, path, " declares more than the limit of ", limit,
                         " bytes at size ", i, ", which is ", size);
    total *= size;
    array.sizes.push_back(Index(size));
  }
  require<FormatError>(total <= file.largest_content(), path, " is truncated: its sizes declare ",
                       total, " bytes, it cannot hold more than ", file.largest_content());
  array.values.resize(total);
  file.read_field(array.values.data(), array.values.size(), "array of elements");
  file.require_end();
  return array;
}

/// Reads images without labels. The sizes are samples, height, width and, if there is a fourth,
/// channels.
inline ImageSet read_idx_images(const std::filesystem::path& path,
                                std::uint64_t limit = default_file_limit) {
  IdxArray array = read_idx(path, limit);
  const auto& sizes = array.sizes;
  require<FormatError>(sizes.size() == 3 || sizes.size() == 4, path, " has ", sizes.size(),
                       " sizes; images have 3 or 4");
  return {.channels = sizes.size() == 4 ? sizes[3] : 1,
          .width = sizes[2],
          .height = sizes[1],
          .pixels = std::move(array.values),
          .labels = {},
          .classes = 0};
}

/// Reads images with their labels, which run from 0 to classes - 1.
inline ImageSet read_idx_images(const std::filesystem::path& images_path,
                                const std::filesystem::path& labels_path, int classes = 10,
                                std::uint64_t limit = default_file_limit) {
  ImageSet images = read_idx_images(images_path, limit);
  const IdxArray labels = read_idx(labels_path, limit);
  require<FormatError>(labels.sizes.size() == 1, labels_path, " has ", labels.sizes.size(),
                       " sizes; labels have 1");
  require<FormatError>(labels.sizes[0] == images.size(), labels_path, " has ", labels.sizes[0],
                       " labels, ", images_path, " has ", images.size(), " images");
  for (std::size_t i = 0; i < labels.values.size(); ++i)
    require<FormatError>(labels.values[i] < classes, labels_path, " has label ",
                         int(labels.values[i]), " at sample ", i, "; labels run from 0 to ",
                         classes - 1);
  images.labels.assign(labels.values.begin(), labels.values.end());
  images.classes = classes;
  return images;
}

}  // namespace hebb

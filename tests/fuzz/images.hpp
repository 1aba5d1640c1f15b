/// @file
/// Fuzz targets of the image data sets: IDX, plain and .gz; CIFAR-10; STL-10.
///
/// Each reader is compared with a second, simple implementation of its format: it must accept
/// exactly the valid files and return their bytes.
#pragma once

#include <algorithm>

#include "hebb/data/cifar.hpp"
#include "hebb/data/idx.hpp"
#include "hebb/data/stl.hpp"
#include "tests/fuzz/memory_file.hpp"

namespace fuzz {

using hebb::FormatError;
using hebb::ImageSet;

/// Reads a file that must be accepted if and only if it is valid.
template <typename Read>
ImageSet read_if_valid(bool valid, const Read& read) {
  const auto promise = [&] { must(!valid, "a valid file is accepted"); };
  const OnRefusal refusal(promise);
  ImageSet images = read();
  must(valid, "an invalid file is refused");
  return images;
}

namespace idx {

inline Bytes file(std::initializer_list<std::uint8_t> sizes, std::uint8_t least = 0) {
  Bytes made{0, 0, 8, std::uint8_t(sizes.size())};
  std::size_t total = 1;
  for (const std::uint8_t size : sizes) {
    made += {0, 0, 0, size};
    total *= size;
  }
  for (std::size_t i = 0; i < total; ++i) made.push_back(std::uint8_t(least + i % 10));
  return made;
}

/// The sizes in a valid file of unsigned bytes; none if the file is invalid.
inline std::vector<std::uint64_t> sizes(View file) {
  if (file.size() < 4 || file[0] != 0 || file[1] != 0 || file[2] != 8) return {};
  const std::size_t count = file[3], head = 4 + 4 * count;
  if (count < 1 || count > 4 || file.size() < head) return {};
  std::vector<std::uint64_t> found;
  std::uint64_t total = 1;
  for (std::size_t i = 0; i < count; ++i) {
    const View size = file.subspan(4 + 4 * i, 4);
    found.push_back(std::uint64_t(size[0]) << 24 | size[1] << 16 | size[2] << 8 | size[3]);
    if (found.back() == 0 || found.back() > limit) return {};
    total *= found.back();
    if (total > limit) return {};
  }
  return file.size() - head == total ? found : std::vector<std::uint64_t>();
}

inline bool are_images(View file) { return sizes(file).size() == 3 || sizes(file).size() == 4; }

inline void read_plain(View input) {
  static MemoryFile images_file("images"), labels_file("labels");
  const auto files = split(input);
  const View images = files.first, labels = files.second;
  const auto labelled = sizes(labels);
  const bool labels_fit =
      labelled.size() == 1 && are_images(images) && labelled[0] == sizes(images)[0] &&
      std::all_of(labels.begin() + 8, labels.end(), [](auto label) { return label < 10; });
  const auto& path = images_file.fill(images);
  const ImageSet set =
      labels.empty()
          ? read_if_valid(are_images(images), [&] { return hebb::read_idx_images(path, limit); })
          : read_if_valid(labels_fit, [&] {
              return hebb::read_idx_images(path, labels_file.fill(labels), 10, limit);
            });
  must(std::ranges::equal(set.pixels, images.last(set.pixels.size())),
       "pixels are the file's bytes");
  must(std::uint64_t(set.size()) == sizes(images)[0], "there are as many images as the file says");
}

inline std::vector<Bytes> seeds_plain() {
  return {join(file({2, 3, 4}), {}), join(file({3, 2, 2}), file({3})),
          join(file({1, 2, 2, 3}), file({1}, 9))};
}

inline void read_packed(View input) {
  static MemoryFile scratch("images.gz");
  const ImageSet set = hebb::read_idx_images(scratch.fill(input), limit);
  const Bytes content = gunzip(input, set.pixels.size() + 64);  // one member, which may be a part
  must(content.size() < set.pixels.size() || are_images(content), "an invalid file is refused");
  must(std::uint64_t(set.rows() * set.size()) == set.pixels.size(), "images are whole");
}

inline std::vector<Bytes> seeds_packed() {
  const Bytes whole = file({3, 2, 2});
  Bytes parts = gzip(View(whole).first(9));
  parts += gzip(View(whole).subspan(9));
  return {gzip(file({2, 3, 4})), gzip(file({1, 2, 2, 3}), 0), gzip(file({200, 4, 4}), 1), parts};
}

inline void mutate_packed(Bytes& input) {
  Bytes content = gunzip(input, 1024);
  mutate_bytes(content, 1024);
  input = gzip(content, int(content.size() % 10));
}

inline constexpr Format plain{"idx", 512, seeds_plain, read_plain};
inline constexpr Format packed{"idx_gz", 2048, seeds_packed, read_packed, mutate_packed};

}  // namespace idx

/// Makes a file of records from a short input. `counts` are the number of records and the number of
/// bytes after them, or missing at the end. `begins` are the first 16 bytes of each record. All
/// other bytes are 0.
inline void expand(View counts, View begins, std::size_t record, Bytes& file) {
  constexpr std::size_t begin = 16;
  const std::size_t whole = counts[0] % 4 * record, more = counts[1] % 128;
  file.assign(counts[1] < 128 ? whole + more : whole - std::min(whole, more), 0);
  for (std::size_t from = 0, to = 0; from < begins.size() && to < file.size();
       from += begin, to += record)
    std::copy_n(begins.begin() + std::ptrdiff_t(from),
                std::min({begin, begins.size() - from, file.size() - to}),
                file.begin() + std::ptrdiff_t(to));
}

/// Makes the records whole.
inline void mutate_records(Bytes& input) {
  mutate_bytes(input, 48);
  if (input.size() > 1) input[1] = 0;
}

/// On one input of 64 images have the size of the data set. On the others they are smaller, because
/// they are read faster.
inline hebb::PlaneFormat sized(hebb::PlaneFormat format, View input) {
  if (!in_part(input, 0)) format.width = 6, format.height = 7;
  return format;
}

namespace cifar {

inline void read(View input) {
  static MemoryFile scratch("batch");
  static Bytes file;
  if (input.size() < 2) return read(Bytes{0, 0});
  const hebb::PlaneFormat format = sized(hebb::cifar10_format, input);
  const std::size_t record = std::size_t(format.record_size());
  expand(input, input.subspan(2), record, file);
  bool valid = !file.empty() && file.size() % record == 0;
  for (std::size_t i = 0; valid && i < file.size(); i += record) valid = file[i] < 10;
  const auto& path = scratch.fill(file);
  const ImageSet set = read_if_valid(valid, [&] {
    return format.width == 32 ? hebb::read_cifar10(path, limit)
                              : hebb::read_planes(std::span(&path, 1), format, limit);
  });
  must(set.size() == hebb::Index(file.size() / record), "there are as many images as records");
  const std::size_t last = file.size() - record;
  must(set.labels.back() == file[last], "labels are the file's");
  for (std::size_t pixel = 0; pixel < 15; ++pixel)
    must(set.image(set.size() - 1)[3 * pixel] == file[last + 1 + pixel], "pixels are the file's");
}

inline std::vector<Bytes> seeds() { return {{1, 0, 0, 200}, {2, 0, 9}}; }

inline constexpr Format format{"cifar", 80, seeds, read, mutate_records};

}  // namespace cifar

namespace stl {

/// The number of labels is in the first byte; the labels come before the images.
inline void read(View input) {
  static MemoryFile images_file("images.bin"), labels_file("labels.bin");
  static Bytes images;
  if (input.size() < 2) return read(Bytes{0, 0});
  const hebb::PlaneFormat format = sized(hebb::stl10_format, input);
  const std::size_t record = std::size_t(format.record_size());
  const View labels = input.subspan(2, std::min<std::size_t>(input[0] / 4 % 4, input.size() - 2));
  expand(input, input.subspan(2 + labels.size()), record, images);
  const bool valid = !images.empty() && images.size() % record == 0;
  const bool fit =
      labels.empty() ||
      (labels.size() == images.size() / record &&
       std::ranges::all_of(labels, [](int label) { return 1 <= label && label <= 10; }));
  const auto& path = images_file.fill(images);
  const auto& labels_path = labels_file.fill(labels);
  const ImageSet set = read_if_valid(valid && fit, [&] {
    if (format.width == 96)
      return labels.empty() ? hebb::read_stl10(path, limit)
                            : hebb::read_stl10(path, labels_path, limit);
    ImageSet small = hebb::read_planes(std::span(&path, 1), format, limit);
    if (!labels.empty()) hebb::add_stl10_labels(small, labels_path, limit);
    return small;
  });
  must(set.size() == hebb::Index(images.size() / record), "there are as many images as records");
  for (hebb::Index y = 0; y < std::min<hebb::Index>(16, format.height); ++y)
    must(set.pixels[std::size_t(3 * format.width * y)] == images[std::size_t(y)],
         "columns of the file are rows of the image");
}

inline std::vector<Bytes> seeds() {
  return {{1, 0, 77, 78, 79}, {1 + 1 * 4, 0, 5, 77}, {2 + 2 * 4, 0, 2, 10, 77}};
}

inline constexpr Format format{"stl", 80, seeds, read, mutate_records};

}  // namespace stl

}  // namespace fuzz

/// @file
/// Fuzz targets of the image data sets: IDX, plain and .gz; CIFAR-10; STL-10.
///
/// Each is held to a second reading of its format, written here as plainly as possible: the reader
/// accepts exactly the files that are sound, and gives their bytes.
#pragma once

#include <algorithm>

#include "hebb/data/cifar.hpp"
#include "hebb/data/idx.hpp"
#include "hebb/data/stl.hpp"
#include "tests/fuzz/format.hpp"

namespace fuzz {

using hebb::FormatError;
using hebb::ImageSet;

/// Reads; an exception goes on only where the file is not sound, and the other way round.
template <typename Read>
ImageSet read_as_told(bool sound, const Read& read) {
  try {
    ImageSet images = read();
    must(sound, "a file that is not sound is refused");
    return images;
  } catch (const FormatError&) {
    must(!sound, "a sound file is accepted");
    throw;
  }
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

/// The sizes that a sound file of unsigned bytes declares; none where it is not sound.
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
  static ScratchFile images_file("images"), labels_file("labels");
  const auto files = split(input);
  const View images = files.first, labels = files.second;
  const auto labelled = sizes(labels);
  const bool labels_fit =
      labelled.size() == 1 && are_images(images) && labelled[0] == sizes(images)[0] &&
      std::all_of(labels.begin() + 8, labels.end(), [](auto label) { return label < 10; });
  const auto& path = images_file.fill(images);
  const ImageSet set =
      labels.empty()
          ? read_as_told(are_images(images), [&] { return hebb::read_idx_images(path, limit); })
          : read_as_told(labels_fit, [&] {
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
  static ScratchFile scratch("images.gz");
  const ImageSet set = hebb::read_idx_images(scratch.fill(input), limit);
  const Bytes content = gunzip(input, set.pixels.size() + 64);  // one member, which may be a part
  must(content.size() < set.pixels.size() || are_images(content),
       "a file that is not sound is refused");
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

namespace cifar {

inline constexpr std::size_t record = 3073;

inline void read(View input) {
  static ScratchFile scratch("batch");
  bool sound = !input.empty() && input.size() % record == 0;
  for (std::size_t i = 0; sound && i < input.size(); i += record) sound = input[i] < 10;
  const auto& path = scratch.fill(input);
  const ImageSet set = read_as_told(sound, [&] { return hebb::read_cifar10(path, limit); });
  must(set.size() == hebb::Index(input.size() / record), "there are as many images as records");
  const std::size_t last = input.size() - record;
  must(set.labels.back() == input[last], "labels are the file's");
  must(set.pixels[set.pixels.size() - 3] == input[last + 1024], "the last pixel is the file's");
}

inline std::vector<Bytes> seeds() {
  Bytes one(record, 200), two(2 * record, 9);
  one[0] = 0;
  return {one, two};
}

inline void mutate(Bytes& input) {
  mutate_bytes(input, 64);
  input.resize(input.size() % 2 == 0 ? 2 * record : record, 7);
}

inline constexpr Format format{"cifar", 2 * record + 20, seeds, read, mutate};

}  // namespace cifar

namespace stl {

inline constexpr std::size_t image = 27648;

/// In an input the first byte says how many labels there are; then come the labels, then the
/// images.
inline void read(View input) {
  static ScratchFile images_file("images.bin"), labels_file("labels.bin");
  const std::size_t count =
      input.empty() ? 0 : std::min<std::size_t>(input[0] % 4, input.size() - 1);
  const View labels = input.subspan(input.empty() ? 0 : 1, count),
             images = input.subspan(input.empty() ? 0 : 1 + count);
  const bool sound = !images.empty() && images.size() % image == 0;
  const bool fit = labels.size() == images.size() / image &&
                   std::ranges::all_of(labels, [](int label) { return 1 <= label && label <= 10; });
  const auto& path = images_file.fill(images);
  const ImageSet set = labels.empty()
                           ? read_as_told(sound, [&] { return hebb::read_stl10(path, limit); })
                           : read_as_told(sound && fit, [&] {
                               return hebb::read_stl10(path, labels_file.fill(labels), limit);
                             });
  must(set.size() == hebb::Index(images.size() / image), "there are as many images as records");
  must(set.pixels[3] == images[96], "columns of the file are rows of the image");
}

inline std::vector<Bytes> seeds() {
  Bytes unlabelled(1 + image, 77), labelled(2 + image, 5), labelled_two(3 + 2 * image, 10);
  unlabelled[0] = 0, labelled[0] = 1, labelled_two[0] = 2;
  return {unlabelled, labelled, labelled_two};
}

inline void mutate(Bytes& input) {
  mutate_bytes(input, 64);  // beyond the labels one pixel is as good as another
  if (input.empty()) return;
  const std::size_t count = input[0] % 4;
  input.resize(1 + count + image * (count == 2 ? 2 : 1), 3);
}

inline constexpr Format format{"stl", 2 * image + 20, seeds, read, mutate};

}  // namespace stl

}  // namespace fuzz

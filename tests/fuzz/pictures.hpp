/// @file
/// Fuzz targets of pictures: PNG, whose checksums are recomputed after a mutation; PGM and PPM; a
/// folder of frames.
#pragma once

#include "hebb/data/frames.hpp"
#include "tests/fuzz/memory_file.hpp"

namespace fuzz {

inline void check_picture(const hebb::ImageSet& picture) {
  must(picture.channels == 1 || picture.channels == 3, "a picture is gray or coloured");
  must(picture.width > 0 && picture.height > 0 && picture.pixels.size() <= limit,
       "a picture has a size within the limit");
  must(picture.size() > 0 && std::size_t(picture.rows() * picture.size()) == picture.pixels.size(),
       "pictures are whole");
}

namespace png {

inline Bytes file(std::uint32_t format, std::uint32_t width, std::uint32_t height,
                  std::uint32_t colours = 0) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width, image.height = height, image.format = format,
  image.colormap_entries = colours;
  Bytes pixels(PNG_IMAGE_SIZE(image)), map(4 * 256), made(4096);
  for (std::size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = std::uint8_t(colours > 0 ? i % colours : 37 * i);
  for (std::size_t i = 0; i < map.size(); ++i) map[i] = std::uint8_t(11 * i);
  png_alloc_size_t size = made.size();
  const int done = png_image_write_to_memory(&image, made.data(), &size, 0, pixels.data(), 0,
                                             colours > 0 ? map.data() : nullptr);
  must(done != 0, "libpng writes a seed");
  made.resize(size);
  return made;
}

inline std::vector<Bytes> seeds() {
  return {file(PNG_FORMAT_GRAY, 5, 4),
          file(PNG_FORMAT_RGB, 3, 3),
          file(PNG_FORMAT_RGBA, 2, 3),
          file(PNG_FORMAT_GA, 1, 1),
          file(PNG_FORMAT_LINEAR_Y, 3, 2),
          file(PNG_FORMAT_LINEAR_RGB_ALPHA, 2, 2),
          file(PNG_FORMAT_RGBA_COLORMAP, 6, 2, 4)};
}

inline void read(View input) {
  static MemoryFile scratch("picture.png");
  check_picture(hebb::read_png(scratch.fill(input), limit));
}

/// Mutates a file and recomputes the checksum of every chunk.
inline void mutate(Bytes& input) {
  const auto length_at = [&](std::size_t place) {
    return std::size_t(input[place]) << 24 | input[place + 1] << 16 | input[place + 2] << 8 |
           input[place + 3];
  };
  mutate_bytes(input, 2048);
  for (std::size_t place = 8; place + 12 <= input.size();) {
    const std::size_t length = length_at(place);
    if (length > input.size() - place - 12) break;
    const auto check = crc32(0, input.data() + place + 4, uInt(length + 4));
    for (std::size_t i = 0; i < 4; ++i)
      input[place + 8 + length + i] = std::uint8_t(check >> (24 - 8 * i));
    place += 12 + length;
  }
}

inline constexpr Format format{"png", 2048, seeds, read, mutate};

}  // namespace png

namespace pnm {

inline std::vector<Bytes> seeds() {
  return {bytes("P5 3 2 255\nabcdef"), bytes("P6 1 2 255 abcdef"),
          bytes("P2\n# gray\n2 2\n255\n0 1 2\n255\n"), bytes("P3 1 1 255 7 8 9")};
}

inline void read(View input) {
  static MemoryFile scratch("picture.ppm");
  check_picture(hebb::read_pnm(scratch.fill(input), limit));
}

inline constexpr Format format{"pnm", 512, seeds, read};

}  // namespace pnm

namespace frames {

inline void read(View input) {
  static MemoryFile first("frame2.pgm"), second("frame10.png");
  const auto [early, late] = split(input);
  first.fill(early);
  second.fill(late);
  const hebb::ImageSet film = hebb::read_frames(ScratchFile::directory(), limit);
  check_picture(film);
  must(film.size() == 2, "every file is a frame");
}

inline std::vector<Bytes> seeds() {
  Bytes gray = bytes("P5 5 4 255\n");
  gray += Bytes(20, 100);
  Bytes coloured = bytes("P6 3 3 255\n");
  coloured += Bytes(27, 50);
  return {join(gray, png::file(PNG_FORMAT_GRAY, 5, 4)),
          join(coloured, png::file(PNG_FORMAT_RGB, 3, 3))};
}

inline constexpr Format format{"frames", 1024, seeds, read};

}  // namespace frames

}  // namespace fuzz

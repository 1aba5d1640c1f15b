#include "hebb/data/frames.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "tests/files.hpp"

using namespace hebb;

namespace {

Bytes bytes(const std::string& text) { return Bytes(text.begin(), text.end()); }

/// A PNG file of one row.
Bytes png(std::uint32_t format, const Bytes& pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.format = format;
  image.width = std::uint32_t(pixels.size() / PNG_IMAGE_SAMPLE_CHANNELS(format));
  image.height = 1;
  Bytes file(4096);
  png_alloc_size_t size = file.size();
  REQUIRE(png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr) != 0);
  file.resize(size);
  return file;
}

/// A gray PNG file of one row with 16 bits per sample and without its gamma.
Bytes png_of_16_bits(const std::vector<std::uint16_t>& samples) {
  const auto number = [](std::size_t value) {
    return Bytes{std::uint8_t(value >> 24), std::uint8_t(value >> 16), std::uint8_t(value >> 8),
                 std::uint8_t(value)};
  };
  const auto chunk = [&](const std::string& type, const Bytes& data) {
    const Bytes body = Bytes(type.begin(), type.end()) + data;
    return number(data.size()) + body + number(crc32(0, body.data(), uInt(body.size())));
  };
  Bytes row{0};  // no filter
  for (const std::uint16_t sample : samples)
    row = row + Bytes{std::uint8_t(sample >> 8), std::uint8_t(sample)};
  Bytes packed(compressBound(uLong(row.size())));
  uLongf size = uLongf(packed.size());
  REQUIRE(compress(packed.data(), &size, row.data(), uLong(row.size())) == Z_OK);
  packed.resize(size);
  const Bytes magic{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, gray_of_16_bits{16, 0, 0, 0, 0};
  return magic + chunk("IHDR", number(samples.size()) + number(1) + gray_of_16_bits) +
         chunk("IDAT", packed) + chunk("IEND", {});
}

std::string refusal(const std::filesystem::path& path) {
  return message<FormatError>([&] { read_frames(path); });
}

}  // namespace

TEST_CASE("frames: PGM and PPM, binary and text, with and without comments, give the same pixels") {
  const TemporaryDirectory folder;
  const Bytes six{1, 2, 3, 4, 5, 255};
  const ImageSet gray = read_pnm(folder.write("a.pgm", bytes("P5\n3 2\n255\n") + six));
  CHECK(gray.channels == 1);
  CHECK(gray.width == 3);
  CHECK(gray.height == 2);
  CHECK(gray.pixels == six);
  CHECK(read_pnm(
            folder.write("b.pgm", bytes("P2 # made by hand\n3 # wide\n2\n255\n1 2 3\n4 5 255\n")))
            .pixels == six);
  const ImageSet colour = read_pnm(folder.write("c.ppm", bytes("P6 2 1 255 ") + six));
  CHECK(colour.channels == 3);
  CHECK(colour.size() == 1);
  CHECK(colour.pixels == six);
  CHECK(read_pnm(folder.write("d.ppm", bytes("P3 2 1 255 1 2 3 4 5 255"))).pixels == six);
}

TEST_CASE("frames: PNG in gray and colour; transparent pixels are black") {
  const TemporaryDirectory folder;
  const Bytes six{1, 2, 3, 4, 5, 255};
  const ImageSet gray = read_png(folder.write("a.png", png(PNG_FORMAT_GRAY, six)));
  CHECK(gray.channels == 1);
  CHECK(gray.width == 6);
  CHECK(gray.pixels == six);
  const ImageSet colour = read_png(folder.write("b.png", png(PNG_FORMAT_RGB, six)));
  CHECK(colour.channels == 3);
  CHECK(colour.width == 2);
  CHECK(colour.pixels == six);
  const ImageSet opaque =
      read_png(folder.write("c.png", png(PNG_FORMAT_RGBA, {9, 8, 7, 255, 200, 200, 200, 0})));
  CHECK(opaque.pixels == Bytes{9, 8, 7, 0, 0, 0});
}

TEST_CASE("frames: PNG of 16 bits gives the pixels of the same picture with 8 bits") {
  const TemporaryDirectory folder;
  const Bytes eight{0, 1, 20, 128, 200, 255};
  std::vector<std::uint16_t> sixteen;
  for (const std::uint8_t value : eight) sixteen.push_back(std::uint16_t(257 * value));
  CHECK(read_png(folder.write("a.png", png_of_16_bits(sixteen))).pixels == eight);
}

TEST_CASE("frames: memory is allocated only after the limit was checked for all frames") {
  const TemporaryDirectory folder;
  folder.write("frame0.pgm", bytes("P5 100 10 255 ") + Bytes(1000, 7));
  for (int n = 1; n <= 50; ++n)
    folder.write("frame" + std::to_string(n) + ".pgm", bytes("P5 1 1 255 a"));
  const std::string said = message<FormatError>([&] { read_frames(folder.path, 20000); });
  CHECK_MESSAGE(contains(said, "limit of 20000 bytes: 51 frames of 1000"), said);
}

TEST_CASE("frames: a folder that cannot be listed is an IoError with its name") {
  const TemporaryDirectory folder;
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  std::string said;
  setrlimit(RLIMIT_NOFILE, &none);
  try {
    read_frames(folder.path);
    setrlimit(RLIMIT_NOFILE, &before);
  } catch (const IoError& error) {
    setrlimit(RLIMIT_NOFILE, &before);
    said = error.what();
  } catch (...) {
    setrlimit(RLIMIT_NOFILE, &before);
  }
  CHECK_MESSAGE(contains(said, "cannot be listed"), said);
  CHECK(contains(said, folder.path.string()));
}

TEST_CASE("frames: a folder is read in natural order, and other files in it are ignored") {
  const TemporaryDirectory folder;
  for (const int number : {10, 9, 2, 100}) {
    const std::string name = "frame" + std::to_string(number) + (number == 9 ? ".PNG" : ".pgm");
    folder.write(name, number == 9 ? png(PNG_FORMAT_GRAY, {9})
                                   : bytes("P5 1 1 255 ") + Bytes{std::uint8_t(number)});
  }
  folder.write("frame3.txt", bytes("notes"));
  const ImageSet frames = read_frames(folder.path);
  CHECK(frames.size() == 4);
  CHECK(frames.pixels == Bytes{2, 9, 10, 100});

  const auto before = detail::naturally_before;
  CHECK(before("a2", "a10"));
  CHECK(before("a2b10", "a2b11"));
  CHECK(before("a", "a1"));
  CHECK(before("a007", "a8"));
  CHECK(before("a01", "a1"));
  CHECK_FALSE(before("a1", "a01"));
  CHECK_FALSE(before("a1", "a1"));
  CHECK(before("a99999999999999999999998", "a99999999999999999999999"));
}

TEST_CASE("frames: an IDX file of images is a film, too") {
  const TemporaryDirectory folder;
  const auto path =
      folder.write("film-idx3-ubyte", {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6, 7, 8});
  const ImageSet frames = read_frames(path);
  CHECK(frames.size() == 2);
  CHECK(frames.pixels == Bytes{5, 6, 7, 8});
}

TEST_CASE("frames: invalid films are refused with the file's name") {
  const TemporaryDirectory folder;
  CHECK(contains(refusal(folder.path), "holds no frames"));
  CHECK(contains(message<IoError>([&] { read_frames(folder.path / "nowhere"); }), "nowhere"));

  const auto fails_with = [&](const std::string& name, const Bytes& content,
                              const std::string& reason) {
    const auto path = folder.write(name, content);
    const std::string said = refusal(folder.path);
    CHECK_MESSAGE((contains(said, name) && contains(said, reason)), said);
    std::filesystem::remove(path);
  };
  fails_with("a.pgm", bytes("P4 1 1 255 x"), "does not begin with P2, P3, P5 or P6");
  fails_with("a.pgm", {}, "does not begin");
  fails_with("a.pgm", bytes("P5 2 2 255 abc"),
             "truncated: its pixels should take 4 bytes, there are 3");
  fails_with("a.pgm", bytes("P5 2 2 255 abcde"), "trailing bytes");
  fails_with("a.pgm", bytes("P5 2 2"), "truncated: it ends before its greatest value");
  fails_with("a.pgm", bytes("P5 2 2 255"), "truncated");
  fails_with("a.pgm", bytes("P5 2 x 255 abcd"), "no number where its height");
  fails_with("a.pgm", bytes("P5 2 2 65535 abcdefgh"), "greatest value 65535");
  fails_with("a.pgm", bytes("P5 0 2 255 "), "0 x 2");
  fails_with("a.pgm", bytes("P5 99999999999999999999 99999999999999999999 255 "), "truncated");
  fails_with("a.pgm", bytes("P2 2 1 255 7 256"), "a pixel of 256");
  fails_with("a.pgm", bytes("P2 2 1 255 7"), "ends before its pixels");
  fails_with("a.pgm", bytes("P2 2 1 255 7 8 9"), "trailing bytes");
  fails_with("a.png", bytes("no picture at all"), "not a valid PNG");
  Bytes cut = png(PNG_FORMAT_GRAY, Bytes(200, 3));
  cut.resize(cut.size() - 20);
  fails_with("a.png", cut, "not a valid PNG");
  Bytes flipped = png(PNG_FORMAT_GRAY, Bytes(200, 3));
  flipped[20] ^= 1;  // a size
  fails_with("a.png", flipped, "not a valid PNG");

  folder.write("frame1.pgm", bytes("P5 2 1 255 ab"));
  fails_with("frame2.pgm", bytes("P5 1 2 255 ab"), "the first frame is 1 x 2 x 1");
  fails_with("frame2.ppm", bytes("P6 2 1 255 abcdef"), "is 3 x 2 x 1");
  CHECK(contains(message<FormatError>([&] { read_frames(folder.path, 1); }), "limit"));
}

/// @file
/// Frames of a film: a folder of PNG, PGM and PPM pictures, or an IDX file of images. Needs zlib
/// and libpng.
#pragma once

#include <png.h>

#include <cctype>
#include <string>

#include "hebb/data/idx.hpp"

namespace hebb {

namespace detail {

/// Reads the text of a PNM file: numbers, blanks, and comments from # to the end of their line.
class PnmText {
 public:
  PnmText(const std::filesystem::path& path, std::span<const std::uint8_t> bytes)
      : path_(path), bytes_(bytes) {}

  Index number(const char* field) {
    while (place_ < bytes_.size() && (std::isspace(bytes_[place_]) || bytes_[place_] == '#'))
      if (bytes_[place_++] == '#')
        while (place_ < bytes_.size() && bytes_[place_] != '\n') ++place_;
    require<FormatError>(place_ < bytes_.size(), path_, " is truncated: it ends before its ",
                         field);
    require<FormatError>(std::isdigit(bytes_[place_]), path_, " has no number where its ", field,
                         " should stand");
    constexpr Index most = Index(1) << 32;
    Index value = 0;
    while (place_ < bytes_.size() && std::isdigit(bytes_[place_]))
      value = std::min(most, 10 * value + bytes_[place_++] - '0');
    return value;
  }

  /// The bytes after the single blank that follows the last number.
  std::span<const std::uint8_t> raster() const {
    return bytes_.subspan(std::min(place_ + 1, bytes_.size()));
  }

  bool ends() const {
    return std::all_of(bytes_.begin() + std::ptrdiff_t(place_), bytes_.end(),
                       [](std::uint8_t byte) { return std::isspace(byte); });
  }

 private:
  const std::filesystem::path& path_;
  std::span<const std::uint8_t> bytes_;
  std::size_t place_ = 2;  // after the magic number
};

/// Orders names so that the numbers in them are compared by value: frame2 before frame10.
inline bool naturally_before(const std::string& a, const std::string& b) {
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  const auto digits = [&](const std::string& text, std::size_t& place) {
    const std::size_t begin = std::min(text.find_first_not_of('0', place), text.size());
    place = begin;
    while (place < text.size() && digit(text[place])) ++place;
    return text.substr(begin, place - begin);
  };
  std::size_t i = 0, k = 0;
  while (i < a.size() && k < b.size()) {
    if (digit(a[i]) && digit(b[k])) {
      const std::string x = digits(a, i), y = digits(b, k);
      if (x != y) return x.size() != y.size() ? x.size() < y.size() : x < y;
    } else {
      if (a[i] != b[k]) return a[i] < b[k];
      ++i, ++k;
    }
  }
  const std::size_t left = a.size() - i, right = b.size() - k;
  return left != right ? left < right : a < b;  // the last case: 01 and 1 have equal values
}

/// The bytes of a picture's file. Throws IoError, or FormatError when there are more than the
/// limit.
inline std::vector<std::uint8_t> read_picture(const std::filesystem::path& path,
                                              std::uint64_t limit) {
  InputFile file(path);
  require<FormatError>(file.size() <= limit, path, " holds more than the limit of ", limit,
                       " bytes");
  std::vector<std::uint8_t> bytes(file.size());
  file.read_field(bytes.data(), bytes.size(), "content");
  return bytes;
}

/// The extension of a file name, in lower case.
inline std::string lower_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = char(std::tolower(static_cast<unsigned char>(c)));
  return extension;
}

}  // namespace detail

/// Reads a PGM or PPM picture of 8 bits: P5 and P6, or as text P2 and P3.
/// Throws IoError or FormatError, naming the file and the field.
inline ImageSet read_pnm(const std::filesystem::path& path,
                         std::uint64_t limit = default_file_limit) {
  std::vector<std::uint8_t> bytes = detail::read_picture(path, limit);
  const char kind = bytes.size() > 1 && bytes[0] == 'P' ? char(bytes[1]) : '0';
  require<FormatError>(kind == '2' || kind == '3' || kind == '5' || kind == '6', path,
                       " is not a PGM or PPM picture: it does not begin with P2, P3, P5 or P6");
  const bool text = kind == '2' || kind == '3';
  detail::PnmText header(path, bytes);
  ImageSet picture;
  picture.channels = kind == '3' || kind == '6' ? 3 : 1;
  picture.width = header.number("width");
  picture.height = header.number("height");
  const Index greatest = header.number("greatest value");
  require<FormatError>(picture.width > 0 && picture.height > 0, path, " is ", picture.width, " x ",
                       picture.height, " pixels");
  require<FormatError>(greatest == 255, path, " has greatest value ", greatest,
                       "; only 255, one byte per number, is read");
  const Index in_a_row = picture.channels * picture.width;
  require<FormatError>(picture.height <= Index(bytes.size()) / in_a_row, path,
                       " is truncated: ", picture.width, " x ", picture.height,
                       " pixels do not fit into ", bytes.size(), " bytes");
  const std::size_t count = std::size_t(in_a_row * picture.height);
  if (text) {
    picture.pixels.resize(count);
    for (auto& pixel : picture.pixels) {
      const Index value = header.number("pixels");
      require<FormatError>(value <= 255, path, " has a pixel of ", value,
                           "; pixels run from 0 to 255");
      pixel = std::uint8_t(value);
    }
    require<FormatError>(header.ends(), path, " has trailing bytes after its content");
  } else {
    const auto raster = header.raster();
    require<FormatError>(raster.size() >= count, path, " is truncated: its pixels should take ",
                         count, " bytes, there are ", raster.size());
    require<FormatError>(raster.size() == count, path, " has trailing bytes after its content");
    bytes.erase(bytes.begin(), bytes.end() - std::ptrdiff_t(count));
    picture.pixels = std::move(bytes);
  }
  return picture;
}

/// Reads a PNG picture as 8 bits of gray or of red, green and blue. Transparent pixels become
/// black. Samples of 16 bits are divided by 257, which gives their values in 8 bits. Throws IoError
/// or FormatError, naming the file and libpng's reason.
inline ImageSet read_png(const std::filesystem::path& path,
                         std::uint64_t limit = default_file_limit) {
  // The largest ratio of deflate, times 24 bits of colour for a palette index of one bit.
  constexpr std::uint64_t densest = 1032 * 24;
  const std::vector<std::uint8_t> bytes = detail::read_picture(path, limit);
  const std::uint64_t largest = bytes.size() * densest;
  struct Image : png_image {
    Image() : png_image{} { version = PNG_IMAGE_VERSION; }
    ~Image() { png_image_free(this); }
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;
  } image;
  const auto check = [&](int done) {
    require<FormatError>(done != 0, path, " is not a valid PNG picture: ", image.message);
  };
  check(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()));
  // Without this flag libpng takes samples of 16 bits, but not those of 8, to be linear in light.
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  image.format = (image.format & PNG_FORMAT_FLAG_COLOR) != 0 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  ImageSet picture;
  picture.channels = PNG_IMAGE_SAMPLE_CHANNELS(image.format), picture.width = image.width,
  picture.height = image.height;
  const std::uint64_t count = std::uint64_t(picture.rows());
  require<FormatError>(count <= std::min(limit, largest), path, " declares ", image.width, " x ",
                       image.height, " pixels, more than it can hold");
  picture.pixels.resize(std::size_t(count));
  const png_color black{};
  check(png_image_finish_read(&image, &black, picture.pixels.data(), 0, nullptr));
  return picture;
}

/// Reads a picture of the format that its extension names: .png, or .pgm, .ppm or .pnm.
/// Throws IoError or FormatError, naming the file.
inline ImageSet read_image(const std::filesystem::path& path,
                           std::uint64_t limit = default_file_limit) {
  return detail::lower_extension(path) == ".png" ? read_png(path, limit) : read_pnm(path, limit);
}

/// The .png, .pgm, .ppm and .pnm files of a folder in natural order of their names (frame2 before
/// frame10). Throws IoError, or FormatError where there are none.
inline std::vector<std::filesystem::path> image_files(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string extension = detail::lower_extension(entry->path());
    if (extension == ".png" || extension == ".pgm" || extension == ".ppm" || extension == ".pnm")
      files.push_back(entry->path());
  }
  require<IoError>(!error, folder, " cannot be listed: ", error.message());
  require<FormatError>(!files.empty(), folder,
                       " holds no frames: no file ends in .png, .pgm, .ppm or .pnm");
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return detail::naturally_before(a.filename().string(), b.filename().string());
  });
  return files;
}

/// Reads the .png, .pgm, .ppm and .pnm pictures of a folder in natural order of their names (frame2
/// before frame10), or the images of an IDX file. All frames must have the same size and number of
/// channels. Other files in the folder are ignored. Throws IoError or FormatError, naming the file.
inline ImageSet read_frames(const std::filesystem::path& path,
                            std::uint64_t limit = default_file_limit) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return read_idx_images(path, limit);
  const std::vector<std::filesystem::path> files = image_files(path);
  ImageSet frames;
  for (const auto& file : files) {
    const ImageSet picture = read_image(file, limit);
    if (frames.pixels.empty()) {
      frames.channels = picture.channels, frames.width = picture.width,
      frames.height = picture.height;
      const std::uint64_t frame = picture.pixels.size();
      require<FormatError>(files.size() <= limit / frame, path, " holds more than the limit of ",
                           limit, " bytes: ", files.size(), " frames of ", frame);
      frames.pixels.reserve(files.size() * picture.pixels.size());
    }
    require<FormatError>(picture.channels == frames.channels && picture.width == frames.width &&
                             picture.height == frames.height,
                         file, " is ", picture.channels, " x ", picture.width, " x ",
                         picture.height, ", the first frame is ", frames.channels, " x ",
                         frames.width, " x ", frames.height, " (channels x width x height)");
    frames.pixels.insert(frames.pixels.end(), picture.pixels.begin(), picture.pixels.end());
  }
  return frames;
}

}  // namespace hebb

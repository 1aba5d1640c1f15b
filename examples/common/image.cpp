#include "common/image.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace example {

namespace {

/// Blue to white to red for -1 to 1.
std::array<double, 3> signed_colour(double value) {
  const double v = std::clamp(value, -1.0, 1.0), strength = std::abs(v);
  const std::array<double, 3> end =
      v < 0 ? std::array{0.02, 0.30, 0.58} : std::array{0.70, 0.09, 0.12};
  return {1 + strength * (end[0] - 1), 1 + strength * (end[1] - 1), 1 + strength * (end[2] - 1)};
}

}  // namespace

std::string png(const Image& image) {
  const auto number = [](std::uint32_t value) {
    return std::string{char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
  };
  const auto chunk = [&](const std::string& type, const std::string& data) {
    const std::string body = type + data;
    const auto check = crc32(0, reinterpret_cast<const Bytef*>(body.data()), uInt(body.size()));
    return number(std::uint32_t(data.size())) + body + number(std::uint32_t(check));
  };
  std::string rows;  // each led by the number of its filter, 0: none
  const auto stride = std::size_t(3 * image.width);
  for (hebb::Index y = 0; y < image.height; ++y) {
    rows += '\0';
    rows.append(reinterpret_cast<const char*>(image.pixels.data()) + std::size_t(y) * stride,
                stride);
  }
  uLongf size = compressBound(uLong(rows.size()));
  std::string packed(size, '\0');
  const int status = compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                               reinterpret_cast<const Bytef*>(rows.data()), uLong(rows.size()),
                               Z_BEST_COMPRESSION);
  hebb::require<std::runtime_error>(status == Z_OK, "zlib could not compress an image: error ",
                                    status);
  packed.resize(size);
  const std::string eight_bit_rgb{8, 2, 0, 0, 0};
  return "\x89PNG\r\n\x1a\n" +
         chunk("IHDR", number(std::uint32_t(image.width)) + number(std::uint32_t(image.height)) +
                           eight_bit_rgb) +
         chunk("IDAT", packed) + chunk("IEND", "");
}

Image grid(const hebb::View<float>& pictures, const Grid& layout) {
  using hebb::Index;
  const Index count = pictures.cols(), gap = std::max<Index>(2, layout.zoom / 2);
  hebb::require<hebb::ShapeError>(pictures.rows() == layout.channels * layout.width * layout.height,
                                  "grid: a picture is ", layout.channels, " x ", layout.width,
                                  " x ", layout.height, ", a column has ", pictures.rows(),
                                  " numbers");
  hebb::require(layout.channels == 1 || layout.channels == 3,
                "grid: pictures have 1 or 3 channels, got ", layout.channels);
  const Index across = std::max<Index>(1, std::min(layout.across, count)),
              down = (count + across - 1) / across;
  const Index step_x = layout.zoom * layout.width + gap, step_y = layout.zoom * layout.height + gap;
  Image image(across * step_x - gap, std::max<Index>(1, down * step_y - gap));
  const double shared = count > 0 ? std::max(1e-30, double(pictures.cwiseAbs().maxCoeff())) : 1;
  for (Index i = 0; i < count; ++i) {
    const double least = double(pictures.col(i).minCoeff()),
                 greatest = double(pictures.col(i).maxCoeff());
    const double magnitude =
        layout.contrast == Contrast::Shared ? shared : std::max(1e-30, std::max(-least, greatest));
    const auto shade = [&](double value) {
      if (layout.contrast == Contrast::Unit) return value;
      if (layout.contrast == Contrast::Each)
        return (value - least) / std::max(1e-30, greatest - least);
      return 0.5 + 0.5 * value / magnitude;
    };
    const bool coloured = layout.channels == 1 && (layout.contrast == Contrast::Signed ||
                                                   layout.contrast == Contrast::Shared);
    for (Index y = 0; y < layout.zoom * layout.height; ++y)
      for (Index x = 0; x < layout.zoom * layout.width; ++x) {
        const Index first = layout.channels * (x / layout.zoom + layout.width * (y / layout.zoom));
        const auto value = [&](Index channel) {
          return double(pictures(first + (layout.channels == 3 ? channel : 0), i));
        };
        const std::array<double, 3> colour =
            coloured ? signed_colour(value(0) / magnitude)
                     : std::array{shade(value(0)), shade(value(1)), shade(value(2))};
        std::uint8_t* const pixel = image.at(i % across * step_x + x, i / across * step_y + y);
        for (std::size_t c = 0; c < 3; ++c)
          pixel[c] = std::uint8_t(std::lround(255 * std::clamp(colour[c], 0.0, 1.0)));
      }
  }
  return image;
}

}  // namespace example

/// @file
/// Natural photographs, raw and whitened; random patches and drifting windows on them.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <unsupported/Eigen/FFT>
#include <vector>

#include "hebb/core/random.hpp"
#include "hebb/data/frames.hpp"
#include "hebb/data/image_set.hpp"

namespace natural {

using hebb::Index;
using hebb::Matrix;
using hebb::Random;
using hebb::Vector;

using Picture = Matrix<float>;  // x, y

namespace detail {

using Spectrum = Matrix<std::complex<double>>;

/// Transforms both axes of a square picture, one column at a time.
template <typename Transform>
void along_both_axes(Spectrum& picture, const Transform& transform) {
  Vector<std::complex<double>> from, to;
  for (int axis = 0; axis < 2; ++axis) {
    for (Index j = 0; j < picture.cols(); ++j) {
      from = picture.col(j);
      transform(to, from);
      picture.col(j) = to;
    }
    picture.transposeInPlace();
  }
}

}  // namespace detail

/// Flattens the spectrum of natural pictures, which falls as 1 / f, up to about f0: multiplies it
/// by f exp(-(f / f0)^4), f in cycles per picture. This removes the mean, f = 0.
inline Picture whiten(const Picture& picture, double f0) {
  Eigen::FFT<double> fft;
  detail::Spectrum spectrum = picture.cast<std::complex<double>>();
  detail::along_both_axes(spectrum, [&](auto& to, const auto& from) { fft.fwd(to, from); });
  const Index side = picture.rows();
  const auto cycles = [&](Index k) { return double(std::min(k, side - k)); };
  for (Index y = 0; y < side; ++y)
    for (Index x = 0; x < side; ++x) {
      const double f = std::hypot(cycles(x), cycles(y));
      spectrum(x, y) *= f * std::exp(-std::pow(f / f0, 4));
    }
  detail::along_both_axes(spectrum, [&](auto& to, const auto& from) { fft.inv(to, from); });
  return spectrum.real().cast<float>();
}

/// The largest square in the middle of a picture, gray, averaged down to side x side.
inline std::vector<std::uint8_t> gray_square(const hebb::ImageSet& from, Index side) {
  const Index square = std::min(from.width, from.height), left = (from.width - square) / 2,
              top = (from.height - square) / 2;
  const auto edge = [&](Index k) { return k * square / side; };
  std::vector<std::uint8_t> pixels;
  for (Index y = 0; y < side; ++y)
    for (Index x = 0; x < side; ++x) {
      Index sum = 0, count = 0;
      for (Index v = edge(y); v < edge(y + 1); ++v)
        for (Index u = edge(x); u < edge(x + 1); ++u)
          for (Index c = 0; c < from.channels; ++c, ++count)
            sum += from.image(0)[((top + v) * from.width + left + u) * from.channels + c];
      pixels.push_back(std::uint8_t(sum / count));
    }
  return pixels;
}

/// The photographs of an IDX file, or of a folder of PNG, PGM and PPM pictures, which may differ in
/// size: the square in the middle of each is averaged down to 512 pixels, or to the smallest side.
inline hebb::ImageSet read_photographs(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return hebb::read_idx_images(path);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path))
    for (const char* extension : {".png", ".pgm", ".ppm"})
      if (entry.path().extension() == extension) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<hebb::ImageSet> pictures;
  Index side = 512;
  for (const auto& file : files) {
    pictures.push_back(file.extension() == ".png" ? hebb::read_png(file) : hebb::read_pnm(file));
    side = std::min({side, pictures.back().width, pictures.back().height});
  }
  hebb::ImageSet images{.channels = 1, .width = side, .height = side, .pixels = {}, .labels = {}};
  for (const hebb::ImageSet& picture : pictures) {
    const std::vector<std::uint8_t> pixels = gray_square(picture, side);
    images.pixels.insert(images.pixels.end(), pixels.begin(), pixels.end());
  }
  return images;
}

/// The same square photographs, raw and whitened.
struct Photographs {
  std::vector<Picture> raw;    // each minus its mean, in units of [0, 1]
  std::vector<Picture> white;  // each of unit variance, so that all count equally

  Photographs(const hebb::ImageSet& images, double f0) {
    hebb::require(images.channels == 1 && images.width == images.height && images.width >= 256,
                  "the photographs must be gray, square and 256 pixels wide or more, they are ",
                  images.channels, " x ", images.width, " x ", images.height);
    const Index side = images.width, count = images.size();
    raw.resize(std::size_t(count));
    white.resize(std::size_t(count));
    hebb::parallel_for(count, [&](Index i) {
      Picture& picture = raw[std::size_t(i)];
      picture = Eigen::Map<const Matrix<std::uint8_t>>(images.image(i), side, side).cast<float>() *
                hebb::unit_per_byte;
      picture.array() -= picture.mean();
      Picture& flat = white[std::size_t(i)];
      flat = whiten(picture, f0);
      flat /= std::sqrt(flat.squaredNorm() / float(flat.size()));
    });
  }
};

/// A window that shows the whole square patch.
inline Picture full_window(Index side) { return Picture::Ones(side, side); }

/// A window that shows the largest disc inside the patch.
inline Picture round_window(Index side) {
  Picture window(side, side);
  const double centre = 0.5 * double(side - 1), radius = 0.5 * double(side);
  for (Index y = 0; y < side; ++y)
    for (Index x = 0; x < side; ++x)
      window(x, y) = std::hypot(double(x) - centre, double(y) - centre) <= radius ? 1 : 0;
  return window;
}

/// Writes the view of a picture through a window at x, y into a column.
inline void look(const Picture& picture, Index x, Index y, const Picture& window, auto&& column) {
  const Index side = window.rows();
  Eigen::Map<Picture>(column.data(), side, side) =
      picture.block(x, y, side, side).cwiseProduct(window);
}

/// Distance in pixels that patches keep from the border, where the Fourier transform mixes in the
/// opposite border.
constexpr Index margin = 8;

/// Fills every column with a patch from a random place of a random picture.
inline void draw_patches(std::span<const Picture> pictures, const Picture& window, Random random,
                         Matrix<float>& patches) {
  const Index span = pictures[0].rows() - window.rows() - 2 * margin;
  for (Index i = 0; i < patches.cols(); ++i) {
    const Picture& picture = pictures[std::size_t(random.below(Index(pictures.size())))];
    const Index x = margin + random.below(span), y = margin + random.below(span);
    look(picture, x, y, window, patches.col(i));
  }
}

/// Windows that drift over pictures along smooth paths and sometimes jump to another place, like
/// the gaze of an eye.
class DriftingWindows {
 public:
  DriftingWindows(std::span<const Picture> pictures, const Picture& window, Index count,
                  Random random)
      : pictures_(pictures),
        window_(window),
        random_(random),
        gazes_(Matrix<double>::Constant(parts, count, -1)) {}

  /// The views of all windows now and one step later, as columns [now | later].
  void next(Matrix<float>& pairs) {
    const Index count = gazes_.cols();
    pairs.resize(window_.size(), 2 * count);
    for (Index i = 0; i < count; ++i) {
      auto gaze = gazes_.col(i);
      if (gaze(picture) < 0 || random_.bernoulli(1 / steps_between_jumps)) jump(gaze);
      look_at(gaze, pairs.col(i));
      drift(gaze);
      look_at(gaze, pairs.col(count + i));
    }
  }

  void each(auto&& visit) {
    visit("gazes", gazes_);
    random_.each(
        [&](std::string_view name, auto& value) { visit("random." + std::string(name), value); });
  }

 private:
  static constexpr double speed = 1.5;    // pixels per step
  static constexpr double turning = 0.3;  // standard deviation of the turn, radians per step
  static constexpr double steps_between_jumps = 100;

  enum Part : Index { picture, x, y, direction, parts };  // of a gaze; picture -1: not placed yet

  double last() const { return double(pictures_[0].rows() - window_.rows() - margin); }

  void jump(auto&& gaze) {
    gaze(picture) = double(random_.below(Index(pictures_.size())));
    gaze(x) = random_.uniform(double(margin), last());
    gaze(y) = random_.uniform(double(margin), last());
    gaze(direction) = random_.uniform(0.0, 2 * std::numbers::pi);
  }

  /// One step; reflects the direction at the border.
  void drift(auto&& gaze) {
    const auto inside = [&](double place) { return double(margin) <= place && place <= last(); };
    gaze(direction) += turning * random_.normal<double>();
    double dx = speed * std::cos(gaze(direction)), dy = speed * std::sin(gaze(direction));
    if (!inside(gaze(x) + dx)) dx = -dx;
    if (!inside(gaze(y) + dy)) dy = -dy;
    gaze(direction) = std::atan2(dy, dx);
    gaze(x) += dx;
    gaze(y) += dy;
  }

  void look_at(const auto& gaze, auto&& column) const {
    look(pictures_[std::size_t(gaze(picture))], std::lround(gaze(x)), std::lround(gaze(y)), window_,
         column);
  }

  std::span<const Picture> pictures_;
  Picture window_;
  Random random_;
  Matrix<double> gazes_;  // parts x windows
};

}  // namespace natural

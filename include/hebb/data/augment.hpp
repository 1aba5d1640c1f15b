/// @file
/// Random views of images, as contrastive learning uses them: crop, flip, colour jitter, grayscale,
/// blur.
#pragma once

#include "hebb/data/augmentation.hpp"
#include "hebb/data/image_set.hpp"

namespace hebb {

/// Makes one view at a time and reuses its memory, one plane per channel, for the next. The images
/// must outlive it.
template <typename Scalar = float>
class ViewMaker {
 public:
  /// An upper bound of the random numbers that one view uses.
  static constexpr Index draws_per_view = 32;

  /// Borrows the images. Allocates scratch space for one view.
  ViewMaker(const ImageSet& images, const Augmentation& augmentation)
      : images_(images),
        augmentation_(augmentation),
        radius_(Index(augmentation.blur_width * double(std::min(images.width, images.height))) / 2),
        planes_(images.width * images.height, images.channels),
        plane_(images.width * images.height),
        row_(std::max(images.width * images.channels, images.width + 2 * radius_)),
        kernel_(radius_ + 1),
        left_(images.width),
        right_(images.width),
        fraction_(images.width) {}

  /// Writes a view of one sample into a column.
  void make(Index sample, Random random, float* column) {
    const Box box = draw_box(random);
    crop(images_.image(sample), box, random.bernoulli(augmentation_.flip));
    jitter(random);
    if (random.bernoulli(augmentation_.grayscale) && colour()) {
      update_luma();
      planes_.colwise() = plane_;
    }
    if (random.bernoulli(augmentation_.blur)) blur(augmentation_.blur_deviation.draw(random));
    for (Index channel = 0; channel < images_.channels; ++channel)
      for (Index pixel = 0; pixel < planes_.rows(); ++pixel)
        column[pixel * images_.channels + channel] = planes_(pixel, channel);
  }

 private:
  struct Box {
    Index x, y, width, height;
  };

  using Plane = Eigen::Array<Scalar, Eigen::Dynamic, 1>;

  bool colour() const { return images_.channels == 3; }

  Box draw_box(Random& random) const {
    const Interval log_aspect{std::log(augmentation_.crop_aspect.low),
                              std::log(augmentation_.crop_aspect.high)};
    for (int attempt = 0; attempt < 10; ++attempt) {
      const double area = augmentation_.crop_area.draw(random),
                   aspect = std::exp(log_aspect.draw(random));
      const Index width = Index(std::lround(double(images_.width) * std::sqrt(area * aspect)));
      const Index height = Index(std::lround(double(images_.height) * std::sqrt(area / aspect)));
      if (0 < width && width <= images_.width && 0 < height && height <= images_.height)
        return {random.below(images_.width - width + 1), random.below(images_.height - height + 1),
                width, height};
    }
    return {0, 0, images_.width, images_.height};
  }

  /// The two of `count` samples between which position i of `size` lies, and the distance from the
  /// first as a fraction of their distance.
  struct Between {
    Index first, second;
    float fraction;

    Between(Index i, Index size, Index count) {
      const double place = std::max(0.0, (double(i) + 0.5) * double(count) / double(size) - 0.5);
      first = std::min(Index(place), count - 1);
      second = std::min(first + 1, count - 1);
      fraction = float(place - double(first));
    }
  };

  /// Interpolates between two rows of bytes, then along the resulting row of floats into the
  /// planes.
  void crop(const std::uint8_t* image, const Box& box, bool mirrored) {
    const Index width = images_.width, channels = images_.channels;
    for (Index x = 0; x < width; ++x) {
      const Between between(mirrored ? width - 1 - x : x, width, box.width);
      left_[x] = int(between.first * channels);
      right_[x] = int(between.second * channels);
      fraction_[x] = between.fraction;
    }
    for (Index y = 0; y < images_.height; ++y) {
      const Between between(y, images_.height, box.height);
      const std::uint8_t* const above =
          image + ((box.y + between.first) * width + box.x) * channels;
      const std::uint8_t* const below =
          image + ((box.y + between.second) * width + box.x) * channels;
      float* const row = row_.data();
      for (Index i = 0; i < box.width * channels; ++i)
        row[i] = (float(above[i]) + between.fraction * (float(below[i]) - float(above[i]))) *
                 unit_per_byte;
      for (Index channel = 0; channel < channels; ++channel) {
        const float* const from = row + channel;
        float* const to = &planes_(y * width, channel);
        for (Index x = 0; x < width; ++x)
          to[x] = from[left_[x]] + fraction_[x] * (from[right_[x]] - from[left_[x]]);
      }
    }
  }

  /// Draws all numbers even if they are not used, so that later steps always get the same random
  /// numbers.
  void jitter(Random& random) {
    const bool used = random.bernoulli(augmentation_.jitter);
    const float brightness = float(augmentation_.brightness.draw(random)),
                contrast = float(augmentation_.contrast.draw(random));
    const float saturation = float(augmentation_.saturation.draw(random));
    const double hue = augmentation_.hue.draw(random);
    if (!used) return;
    planes_ = (planes_ * brightness).min(1.0f);
    const float mean =
        colour() ? luma(planes_.col(0).mean(), planes_.col(1).mean(), planes_.col(2).mean())
                 : planes_.mean();
    planes_ = (contrast * planes_ + (1 - contrast) * mean).max(0.0f).min(1.0f);
    if (!colour()) return;
    update_luma();
    for (Index channel = 0; channel < 3; ++channel)
      planes_.col(channel) =
          (saturation * planes_.col(channel) + (1 - saturation) * plane_).max(0.0f).min(1.0f);
    rotate_hue(float(hue - std::floor(hue)));
  }

  static float luma(float red, float green, float blue) {
    return 0.299f * red + 0.587f * green + 0.114f * blue;
  }

  void update_luma() {
    plane_ = 0.299f * planes_.col(0) + 0.587f * planes_.col(1) + 0.114f * planes_.col(2);
  }

  /// In the HSV model with the hue in sixths of a turn, a channel is value - chroma * clamp(min(k,
  /// 4 - k), 0, 1), where k = (hue + 5, 3, 1 for red, green, blue) mod 6.
  void rotate_hue(float turns) {
    if (turns == 0) return;
    const auto channel = [](float value, float chroma, float k) {
      k = k >= 12 ? k - 12 : k >= 6 ? k - 6 : k;
      return value - chroma * std::max(0.0f, std::min(1.0f, std::min(k, 4 - k)));
    };
    float *const red = planes_.col(0).data(), *const green = planes_.col(1).data(),
                 *const blue = planes_.col(2).data();
    const float shift = 6 * turns;
    for (Index i = 0; i < planes_.rows(); ++i) {
      const float r = red[i], g = green[i], b = blue[i];
      const float value = std::max(r, std::max(g, b)), chroma = value - std::min(r, std::min(g, b));
      const float scale = 1 / (chroma > 0 ? chroma : 1);
      const float from_red = (g - b) * scale, from_green = 2 + (b - r) * scale,
                  from_blue = 4 + (r - g) * scale;
      const float hue = (value == r   ? (from_red < 0 ? from_red + 6 : from_red)
                         : value == g ? from_green
                                      : from_blue) +
                        shift;
      red[i] = channel(value, chroma, hue + 5);
      green[i] = channel(value, chroma, hue + 3);
      blue[i] = channel(value, chroma, hue + 1);
    }
  }

  /// Blurs along the rows into plane_, then along the columns back.
  void blur(double deviation) {
    if (radius_ == 0) return;
    for (Index i = 0; i <= radius_; ++i)
      kernel_[i] = float(std::exp(-double(i * i) / (2 * deviation * deviation)));
    kernel_ /= 2 * kernel_.sum() - kernel_[0];
    const Index width = images_.width, height = images_.height;
    const auto mirror = [](Index i, Index size) {
      return i < 0 ? -i : i < size ? i : 2 * size - 2 - i;
    };
    Eigen::Ref<Plane> padded = row_.head(width + 2 * radius_);
    for (Index channel = 0; channel < images_.channels; ++channel) {
      Eigen::Ref<Plane> plane = planes_.col(channel);
      for (Index y = 0; y < height; ++y) {
        padded.segment(radius_, width) = plane.segment(y * width, width);
        for (Index i = 1; i <= radius_; ++i) {
          padded[radius_ - i] = padded[radius_ + i];
          padded[radius_ + width - 1 + i] = padded[radius_ + width - 1 - i];
        }
        Eigen::Ref<Plane> blurred = plane_.segment(y * width, width);
        blurred = kernel_[0] * padded.segment(radius_, width);
        for (Index i = 1; i <= radius_; ++i)
          blurred += kernel_[i] *
                     (padded.segment(radius_ - i, width) + padded.segment(radius_ + i, width));
      }
      for (Index y = 0; y < height; ++y) {
        Eigen::Ref<Plane> blurred = plane.segment(y * width, width);
        blurred = kernel_[0] * plane_.segment(y * width, width);
        for (Index i = 1; i <= radius_; ++i)
          blurred += kernel_[i] * (plane_.segment(mirror(y - i, height) * width, width) +
                                   plane_.segment(mirror(y + i, height) * width, width));
      }
    }
  }

  const ImageSet& images_;
  Augmentation augmentation_;
  Index radius_;  // of the blur
  Eigen::Array<Scalar, Eigen::Dynamic, Eigen::Dynamic> planes_;
  Plane plane_, row_, kernel_;
  Eigen::ArrayXi left_, right_;  // the two positions of a row between which a pixel lies
  Plane fraction_;
};

/// Writes `views` independent views of every sample: all first views, then all second views, and so
/// on.
///
/// A view depends only on (seed, stream, step) of `random` and on the sample's number, not on
/// threads or the order of the batch. If a sample occurs twice in a batch, its views are the same.
template <typename Scalar = float>
void augment(const ImageSet& images, std::span<const Index> samples,
             const Augmentation& augmentation, Index views, const Random& random,
             std::type_identity_t<Eigen::Ref<Matrix<Scalar>>> out) {
  check(augmentation);
  require_samples(images, samples);
  const Index batch = Index(samples.size());
  require_shape<Scalar>(out, images.rows(), views * batch, "augment: out");
  constexpr Index block_size = 16;  // samples per ViewMaker
  parallel_for(
      (batch + block_size - 1) / block_size,
      [&](Index block) {
        ViewMaker<Scalar> maker(images, augmentation);
        for (Index i = block * block_size; i < std::min(batch, (block + 1) * block_size); ++i) {
          const Index sample = samples[std::size_t(i)];
          for (Index view = 0; view < views; ++view) {
            const Random own =
                random_of_sample(random, sample * views + view, ViewMaker<Scalar>::draws_per_view);
            maker.make(sample, own, out.col(view * batch + i).data());
          }
        }
      },
      8 * pass_time(double(out.size())));
}

/// Writes pairs of views, as sequences of length two. `out` is rows x (2 * samples): [view 1 | view
/// 2].
template <typename Scalar = float>
void augment_pairs(const ImageSet& images, std::span<const Index> samples,
                   const Augmentation& augmentation, const Random& random,
                   std::type_identity_t<Eigen::Ref<Matrix<Scalar>>> out) {
  augment<Scalar>(images, samples, augmentation, 2, random, out);
}

}  // namespace hebb

/// @file
/// A batch of images (feature maps). Channels are stored in blocks, so that the inner loops of a
/// convolution run over whole vectors.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <new>
#include <vector>

#include "hebb/core/finite.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// The shape of one image.
struct ImageShape {
  Index channels = 0;  ///< numbers per place
  Index width = 0;     ///< places per row
  Index height = 0;    ///< rows of places

  Index places() const { return width * height; }     ///< places per channel
  Index size() const { return channels * places(); }  ///< numbers per image
  bool operator==(const ImageShape&) const = default;
};

/// Allocates memory that begins on a cache line.
template <typename T>
struct LineAllocator {
  using value_type = T;                        ///< as the standard asks of allocators
  static constexpr std::align_val_t line{64};  ///< bytes of a cache line

  LineAllocator() = default;
  template <typename U>
  LineAllocator(const LineAllocator<U>&) {}  ///< an allocator for another type

  /// Memory for n objects, at the beginning of a cache line. Throws std::bad_alloc.
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), line)); }
  void deallocate(T* p, std::size_t) {
    ::operator delete(p, line);
  }  ///< takes what `allocate` gave
  bool operator==(const LineAllocator&) const { return true; }
};

/// Memory that begins at a cache line.
template <typename T>
using Buffer = std::vector<T, LineAllocator<T>>;

/// A batch of images.
///
/// In memory the order is: channel within its block, x, y, block, sample. A block has 16 channels;
/// the last block is padded with zeros. Images of up to 4 channels are a single block without
/// padding. `assign` and `matrix` use the canonical order: channel, x, y, sample.
template <typename Scalar>
class Images {
 public:
  static constexpr Index lanes = 16;        ///< channels per block
  static constexpr Index few_channels = 4;  ///< images of up to so many are not padded

  Images() = default;
  Images(ImageShape shape, Index samples) { resize(shape, samples); }  ///< content unspecified

  /// Changes the size. If the shape changes the content is unspecified, except that padding
  /// channels are zero.
  void resize(ImageShape shape, Index samples) {
    require<ShapeError>(
        shape.channels >= 0 && shape.width >= 0 && shape.height >= 0 && samples >= 0,
        "Images: negative size");
    if (shape == shape_ && samples == samples_) return;
    const bool same_image = shape == shape_;
    shape_ = shape;
    samples_ = samples;
    depth_ = shape.channels <= few_channels ? shape.channels : lanes;
    blocks_ = depth_ == 0 ? 0 : (shape.channels + depth_ - 1) / depth_;
    if (!same_image) data_.clear();
    data_.resize(std::size_t(samples * image_size()));
  }

  /// Copies a size x samples matrix in canonical order.
  void assign(ImageShape shape, const View<Scalar>& canonical) {
    require<ShapeError>(canonical.rows() == shape.size(), "Images: a ", shape.channels, " x ",
                        shape.width, " x ", shape.height, " image has ", shape.size(),
                        " numbers, the matrix has ", canonical.rows(), " rows");
    require_finite<Scalar>(canonical, "Images: the matrix");
    resize(shape, canonical.cols());
    parallel_for(
        samples_,
        [&](Index sample) {
          const Scalar* from = canonical.col(sample).data();
          for (Index place = 0; place < shape_.places(); ++place, from += shape_.channels)
            for (Index block = 0; block < blocks_; ++block)
              std::copy_n(from + block * depth_, channels_in(block),
                          data(sample, block) + place * depth_);
        },
        pass_time(double(samples_) * double(shape_.size())));
  }

  /// Writes a size x samples matrix in canonical order.
  void matrix(Matrix<Scalar>& canonical) const {
    canonical.resize(shape_.size(), samples_);
    parallel_for(
        samples_,
        [&](Index sample) {
          Scalar* to = canonical.col(sample).data();
          for (Index place = 0; place < shape_.places(); ++place, to += shape_.channels)
            for (Index block = 0; block < blocks_; ++block)
              std::copy_n(data(sample, block) + place * depth_, channels_in(block),
                          to + block * depth_);
        },
        pass_time(double(samples_) * double(shape_.size())));
  }

  /// The images in the canonical order: size x samples.
  Matrix<Scalar> matrix() const {
    Matrix<Scalar> canonical;
    matrix(canonical);
    return canonical;
  }

  /// The number of a channel at a place.
  Scalar operator()(Index channel, Index x, Index y, Index sample) const {
    return pixel(channel / depth_, x, y, sample)[channel % depth_];
  }

  ImageShape shape() const { return shape_; }  ///< of one image
  Index samples() const { return samples_; }   ///< number of images
  Index blocks() const { return blocks_; }     ///< blocks of channels
  Index depth() const { return depth_; }       ///< channels per block, with padding
  /// Numbers in one image, with padding.
  Index image_size() const { return blocks_ * depth_ * shape_.places(); }

  /// The number of channels of a block that are not padding.
  Index channels_in(Index block) const {
    return std::min(depth_, shape_.channels - block * depth_);
  }

  /// One block of channels of one image: depth x places.
  const Scalar* data(Index sample, Index block = 0) const {
    return data_.data() + sample * image_size() + block * depth_ * shape_.places();
  }
  /// The same, to write.
  Scalar* data(Index sample, Index block = 0) {
    return data_.data() + sample * image_size() + block * depth_ * shape_.places();
  }

  /// The same as a matrix. It refers to the images' memory.
  Eigen::Map<const Matrix<Scalar>> map(Index sample, Index block) const {
    return {data(sample, block), depth_, shape_.places()};
  }
  /// The same, to write.
  Eigen::Map<Matrix<Scalar>> map(Index sample, Index block) {
    return {data(sample, block), depth_, shape_.places()};
  }

  /// The channels of a block at one place.
  const Scalar* pixel(Index block, Index x, Index y, Index sample) const {
    return data(sample, block) + (y * shape_.width + x) * depth_;
  }
  /// The same, to write.
  Scalar* pixel(Index block, Index x, Index y, Index sample) {
    return data(sample, block) + (y * shape_.width + x) * depth_;
  }

 private:
  ImageShape shape_;
  Index samples_ = 0, blocks_ = 0, depth_ = 0;
  Buffer<Scalar> data_;
};

/// Throws NonFinite, naming the first bad number, unless all numbers of all images are finite.
template <typename Scalar>
void require_finite(const Images<Scalar>& images, const auto& what) {
  std::atomic<bool> finite{true};
  parallel_for(
      images.samples(),
      [&](Index sample) {
        if (!all_finite(images.data(sample), images.image_size()))
          finite.store(false, std::memory_order_relaxed);
      },
      pass_time(double(images.samples()) * double(images.image_size())));
  if (finite) [[likely]]
    return;
  const ImageShape shape = images.shape();
  for (Index sample = 0; sample < images.samples(); ++sample)
    for (Index y = 0; y < shape.height; ++y)
      for (Index x = 0; x < shape.width; ++x)
        for (Index channel = 0; channel < shape.channels; ++channel) {
          const Scalar value = images(channel, x, y, sample);
          require<NonFinite>(all_finite(&value, 1), what, " holds ", value, " in channel ", channel,
                             " at (", x, ", ", y, ") of sample ", sample);
        }
}

}  // namespace hebb

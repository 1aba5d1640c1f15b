/// @file
/// Scenes in which an object moves over clutter. Only the object persists between two frames, so it
/// is the only part that can be predicted.
#pragma once

#include "hebb/data/image_set.hpp"

namespace hebb {

/// How the patches behind the object change between frames.
enum class Clutter {
  changing,  ///< new patches at new positions
  fixed      ///< the same patches: the object moves over a constant background
};

/// Frames of size x size pixels. The object, an image of the set, has a uniformly random position
/// inside the frame. Behind it are square patches, cut at random positions from other images of the
/// set; later patches cover earlier ones.
///
/// An object of one channel is combined with the background by the maximum of the two, so its black
/// surroundings are transparent. An object of several channels covers the background.
///
/// Frames depend only on (seed, stream, step) of `random` and on the object's number, not on
/// threads or the order of the batch. If an object occurs twice in a batch, both scenes are the
/// same.
struct MovingScenes {
  Index size = 40;                      ///< width and height of the scene: pixels
  Index patches = 4;                    ///< patches behind the object; 0 for a black background
  Index patch_size = 8;                 ///< width and height of a patch: pixels
  Clutter clutter = Clutter::changing;  ///< whether the background is the same in both frames

  /// Numbers in one frame: the rows of its column.
  Index rows(const ImageSet& images) const { return images.channels * size * size; }

  /// Two consecutive frames of every object. `out` is rows x (2 * objects): all first frames, then
  /// all second frames.
  void pairs(const ImageSet& images, std::span<const Index> objects, const Random& random,
             Eigen::Ref<Matrix<float>> out) const {
    draw_frames(images, objects, 2, random, out);
  }

  /// The first frame of every object. `out` is rows x objects.
  void frames(const ImageSet& images, std::span<const Index> objects, const Random& random,
              Eigen::Ref<Matrix<float>> out) const {
    draw_frames(images, objects, 1, random, out);
  }

 private:
  static constexpr Index draws_per_place = 2, draws_per_patch = 5;

  Index draws_per_sample() const { return 2 * (draws_per_place + draws_per_patch * patches); }

  void check(const ImageSet& images, std::span<const Index> objects) const {
    require_samples(images, objects);
    require(size >= std::max(images.width, images.height), "MovingScenes: a scene of ", size,
            " pixels does not hold objects of ", images.width, " x ", images.height);
    require(patches >= 0, "MovingScenes: patches must be >= 0, got ", patches);
    if (patches == 0) return;
    require(images.size() > 1,
            "MovingScenes: clutter is cut from other images, but the set has only one");
    require(0 < patch_size && patch_size <= std::min(images.width, images.height),
            "MovingScenes: patches of ", patch_size, " pixels cannot be cut from images of ",
            images.width, " x ", images.height);
  }

  void draw_frames(const ImageSet& images, std::span<const Index> objects, Index count,
                   const Random& random, Eigen::Ref<Matrix<float>> out) const {
    check(images, objects);
    const Index batch = Index(objects.size());
    require_shape<float>(out, rows(images), count * batch, "MovingScenes: out");
    parallel_for(
        out.cols(),
        [&](Index column) {
          const Index object = objects[std::size_t(column % batch)], frame = column / batch;
          const Random own = random_of_sample(random, object, draws_per_sample());
          Random place = own, ground = own;
          place.index += std::uint32_t(frame * draws_per_place);
          ground.index +=
              std::uint32_t(2 * draws_per_place +
                            (clutter == Clutter::changing ? frame * draws_per_patch * patches : 0));
          draw(images, object, place, ground, out.col(column).data());
        },
        pass_time(double(out.size())));
  }

  void draw(const ImageSet& images, Index object, Random& place, Random& ground,
            float* scene) const {
    std::fill_n(scene, rows(images), 0.0f);
    for (Index patch = 0; patch < patches; ++patch) {
      const Index other = ground.below(images.size() - 1), source = other + (other >= object);
      const Index from_x = ground.below(images.width - patch_size + 1),
                  from_y = ground.below(images.height - patch_size + 1);
      const Index to_x = ground.below(size - patch_size + 1),
                  to_y = ground.below(size - patch_size + 1);
      for (Index y = 0; y < patch_size; ++y) {
        const std::uint8_t* const from =
            images.image(source) + ((from_y + y) * images.width + from_x) * images.channels;
        float* const to = scene + ((to_y + y) * size + to_x) * images.channels;
        for (Index i = 0; i < patch_size * images.channels; ++i)
          to[i] = float(from[i]) * unit_per_byte;
      }
    }
    const Index x = place.below(size - images.width + 1),
                top = place.below(size - images.height + 1);
    for (Index y = 0; y < images.height; ++y) {
      const std::uint8_t* const from = images.image(object) + y * images.width * images.channels;
      float* const to = scene + ((top + y) * size + x) * images.channels;
      if (images.channels == 1)
        for (Index i = 0; i < images.width; ++i)
          to[i] = std::max(to[i], float(from[i]) * unit_per_byte);
      else
        for (Index i = 0; i < images.width * images.channels; ++i)
          to[i] = float(from[i]) * unit_per_byte;
    }
  }
};

}  // namespace hebb

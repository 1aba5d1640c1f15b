/// @file
/// Clips of scenes in which one factor moves and the others stand still.
#pragma once

#include <cmath>

#include "hebb/data/shapes3d.hpp"

namespace hebb {

/// A film of many short clips. A clip starts at a random scene, and one of its factors moves, any
/// but the shape: by one value a frame, by two in clips that are fast. Hues go around their circle;
/// scale and orientation stop at their ends and turn back.
///
/// The order in which a hue's colours follow each other is a random permutation of the colour
/// wheel, fixed for the film, one for each of the three. So what follows what cannot be seen in a
/// single picture.
///
/// A frame is a function of the parameters and its place alone. Pairs of consecutive frames are to
/// include those across the end of a clip: 1 in `frames` is a cut.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), Methods. There a quarter of the
/// clips is drawn with replacement to be fast, which makes 1 - exp(-1/4) of them fast.
class Clips {
 public:
  struct Parameters {
    Index clips = 64000;
    Index frames = 17;                  ///< in a clip
    double fast = 1 - std::exp(-0.25);  ///< the part of the clips that move by two
    Random random = {};                 ///< its seed and stream choose the film
  };

  explicit Clips(const Parameters& parameters) : parameters_(parameters) {
    require(parameters.clips > 0, "Clips: clips must be > 0, got ", parameters.clips);
    require(parameters.frames > 0, "Clips: frames must be > 0, got ", parameters.frames);
    require(0 <= parameters.fast && parameters.fast <= 1, "Clips: fast must be in [0, 1], got ",
            parameters.fast);
    Random random = parameters_.random.stream("colours");
    for (auto& order : colours_) {
      const std::vector<Index> permutation = random.permutation(Index(order.size()));
      std::copy(permutation.begin(), permutation.end(), order.begin());
    }
  }

  /// Frames in the whole film.
  Index size() const { return parameters_.clips * parameters_.frames; }

  /// The colours of a hue in the order in which they follow each other.
  const std::array<Index, 10>& colours(shapes3d::Factor hue) const {
    require(is_hue(hue), "Clips: factor ", std::size_t(hue), " is not a hue");
    return colours_[hue];
  }

  /// Writes the scenes of consecutive frames, from frame `begin` on.
  void scenes(Index begin, std::span<Index> out) const {
    require(0 <= begin && Index(out.size()) <= size() - begin, "Clips: frames ", begin, " to ",
            begin + Index(out.size()), " are not all in a film of ", size());
    Index clip = begin / parameters_.frames, frame = begin % parameters_.frames;
    Motion motion = start(clip);
    for (Index skipped = 0; skipped < frame; ++skipped) motion.advance();
    for (Index& scene : out) {
      if (frame == parameters_.frames) motion = start(++clip), frame = 0;
      scene = shapes3d::scene_of(coloured(motion.now));
      motion.advance();
      ++frame;
    }
  }

 private:
  static bool is_hue(std::size_t factor) { return factor <= shapes3d::object_hue; }

  struct Motion {
    shapes3d::Factors now;
    std::size_t moving;
    Index speed;

    void advance() {
      const Index size = shapes3d::sizes[moving];
      Index& value = now[moving];
      if (is_hue(moving)) {
        value = (value + speed + size) % size;
      } else {
        value = std::clamp(value + speed, Index(0), size - 1);
        if (value == 0 || value == size - 1)
          speed = value == 0 ? std::abs(speed) : -std::abs(speed);
      }
    }
  };

  Motion start(Index clip) const {
    constexpr std::array moving{shapes3d::floor_hue, shapes3d::wall_hue, shapes3d::object_hue,
                                shapes3d::scale, shapes3d::orientation};
    Random random = parameters_.random.stream("clips").at(std::uint64_t(clip));
    const Index scene = random.below(shapes3d::scenes), factor = random.below(Index(moving.size()));
    const Index direction = random.bernoulli(0.5) ? 1 : -1,
                speed = random.bernoulli(parameters_.fast) ? 2 : 1;
    return {shapes3d::factors_of(scene), moving[std::size_t(factor)], direction * speed};
  }

  /// Places on the circle of hues become colours.
  shapes3d::Factors coloured(shapes3d::Factors factors) const {
    for (std::size_t hue = 0; hue < colours_.size(); ++hue)
      factors[hue] = colours_[hue][std::size_t(factors[hue])];
    return factors;
  }

  Parameters parameters_;
  std::array<std::array<Index, 10>, 3> colours_;
};

}  // namespace hebb

/// @file
/// Clips of scenes in which one factor changes over time and the others stay constant.
#pragma once

#include <cmath>

#include "hebb/data/shapes3d.hpp"

namespace hebb {

/// A film of many short clips. A clip starts at a random scene, and one of its factors changes, any
/// but the shape: by one value per frame, in fast clips by two. Hues are cyclic. Scale and
/// orientation stop at their limits and reverse.
///
/// Each of the three hues runs through its colours in a random order that is fixed for the film, so
/// a single picture does not show which colour comes next.
///
/// A frame depends only on the parameters and its index. Pairs of consecutive frames should include
/// those across the end of a clip: 1 in `frames` is a cut.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), Methods. There a quarter of the
/// clips is drawn with replacement to be fast, which makes 1 - exp(-1/4) of them fast.
class Clips {
 public:
  struct Parameters {
    Index clips = 64000;                ///< number of clips in the film
    Index frames = 17;                  ///< per clip
    double fast = 1 - std::exp(-0.25);  ///< fraction of the clips that change by two
    Random random = {};                 ///< its seed and stream determine the film
  };

  /// Draws the orders of the colours. Throws InvalidParameter.
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

  /// The number of frames in the film.
  Index size() const { return parameters_.clips * parameters_.frames; }

  /// The colours of a hue in their order in time.
  const std::array<Index, 10>& colours(shapes3d::Factor hue) const {
    require(is_hue(hue), "Clips: factor ", std::size_t(hue), " is not a hue");
    return colours_[hue];
  }

  /// Writes the scenes of consecutive frames, starting at frame `begin`.
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

  /// Replaces the positions of hues in their cycles by colours.
  shapes3d::Factors coloured(shapes3d::Factors factors) const {
    for (std::size_t hue = 0; hue < colours_.size(); ++hue)
      factors[hue] = colours_[hue][std::size_t(factors[hue])];
    return factors;
  }

  Parameters parameters_;
  std::array<std::array<Index, 10>, 3> colours_;
};

}  // namespace hebb

/// @file
/// Scenes of an object in a room, drawn in three dimensions from six independent factors.
#pragma once

#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include "hebb/core/random.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/data/rays.hpp"

namespace hebb {

namespace shapes3d {

/// The factors of variation.
enum Factor : std::size_t { floor_hue, wall_hue, object_hue, scale, shape, orientation };

/// The number of values of each factor; values count from 0.
inline constexpr std::array<Index, 6> sizes{10, 10, 10, 8, 4, 15};
/// The number of all scenes.
inline constexpr Index scenes = 10 * 10 * 10 * 8 * 4 * 15;

/// One value for each factor.
using Factors = std::array<Index, sizes.size()>;

/// The number of a scene: factors as digits in mixed radix, orientation fastest.
inline Index scene_of(const Factors& factors) {
  Index scene = 0;
  for (std::size_t f = 0; f < factors.size(); ++f) {
    require(0 <= factors[f] && factors[f] < sizes[f], "shapes3d: factor ", f, " has value ",
            factors[f], "; it runs from 0 to ", sizes[f] - 1);
    scene = scene * sizes[f] + factors[f];
  }
  return scene;
}

/// The factors of a scene.
inline Factors factors_of(Index scene) {
  require(0 <= scene && scene < scenes, "shapes3d: scene ", scene, " is not one of 0 to ",
          scenes - 1);
  Factors factors;
  for (std::size_t f = factors.size(); f-- > 0; scene /= sizes[f]) factors[f] = scene % sizes[f];
  return factors;
}

}  // namespace shapes3d

/// Scenes with the factors of Shapes3D: a room with a floor and walls and, in its middle, a cube,
/// cylinder, ball or capsule of one of 8 sizes, seen in perspective by a camera that moves around
/// it by up to 30 degrees to either side. A lamp lights the scene by Lambert's law, added to a
/// constant ambient light. The object casts a shadow and has a highlight.
///
/// A pixel is  sum over surfaces s of shade_s * colour_s + highlight. Hues enter only as factors,
/// so the constructor traces the light once for each of the 480 geometries, and a frame costs only
/// this sum. Drawing allocates nothing.
///
/// | quantity      | code            | shape                            | unit    |
/// |---------------|-----------------|----------------------------------|---------|
/// | frames        | `out`           | (3 * size * size) x scenes       | [0, 1]  |
/// | hue h         | factors 0, 1, 2 | angle h / 10 of the colour wheel | turns   |
/// | size of shape | factor 3        | 0.75 to 1.25, evenly             | lengths |
/// | orientation   | factor 5        | -30 to 30, evenly                | degrees |
///
/// Memory: 7680 * size^2 bytes, 31 MB at 64 x 64. Frames are deterministic, with the same bits for
/// any number of threads.
///
/// After C. Burgess & H. Kim, 3D Shapes Dataset (2018), which other software draws from the same
/// factors.
class Shapes3d {
 public:
  /// `samples` x `samples` rays are traced per pixel.
  explicit Shapes3d(Index size = 64, Index samples = 3) : size_(size) {
    require(size > 0, "Shapes3d: size must be > 0, got ", size);
    require(samples > 0, "Shapes3d: samples must be > 0, got ", samples);
    shades_.resize(surfaces * size * size, geometries);
    parallel_for(geometries, [&](Index geometry) { trace(geometry, samples); });
  }

  /// Width and height of a frame: pixels.
  Index size() const { return size_; }

  /// Numbers in one frame: the rows of its column.
  Index rows() const { return 3 * size_ * size_; }

  /// Draws scenes as columns, channel fastest, then x, y from the top.
  void render(std::span<const Index> scenes, Eigen::Ref<Matrix<float>> out) const {
    require_shape<float>(out, rows(), Index(scenes.size()), "Shapes3d: out");
    parallel_for(
        out.cols(),
        [&](Index column) {
          const Index scene = scenes[std::size_t(column)];
          const shapes3d::Factors factors = shapes3d::factors_of(scene);
          const Colour floor = colour(factors[shapes3d::floor_hue]),
                       walls = colour(factors[shapes3d::wall_hue]);
          const Colour object = colour(factors[shapes3d::object_hue]);
          const float* shade = shades_.data() + scene % geometries * shades_.rows();
          float* pixel = out.data() + column * out.outerStride();
          for (Index place = 0; place < size_ * size_; ++place, shade += surfaces, pixel += 3)
            for (std::size_t c = 0; c < 3; ++c)
              pixel[c] = std::min(1.0f, shade[0] * floor[c] + shade[1] * walls[c] +
                                            shade[2] * object[c] + shade[3]);
        },
        pass_time(double(out.size())));
  }

 private:
  static constexpr Index surfaces = 4;  // floor, walls, object, highlight
  static constexpr Index geometries = shapes3d::sizes[shapes3d::scale] *
                                      shapes3d::sizes[shapes3d::shape] *
                                      shapes3d::sizes[shapes3d::orientation];
  static constexpr float room = 4.5f;  // half its width
  static constexpr float ground_light = 0.35f, lamp_light = 0.65f, highlight = 0.35f, gloss = 40;

  using Shade = std::array<float, surfaces>;
  using Colour = std::array<float, 3>;

  static rays::Point lamp() { return {2.2f, 6.5f, 3.6f}; }

  /// The colour of full saturation and brightness at `hue` tenths of the colour wheel.
  static Colour colour(Index hue) {
    Colour result;
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const float distance = std::abs(std::remainder(float(hue) / 10 - float(channel) / 3, 1.0f));
      result[channel] = std::clamp(2 - 6 * distance, 0.0f, 1.0f);
    }
    return result;
  }

  void trace(Index geometry, Index samples) {
    const shapes3d::Factors factors = shapes3d::factors_of(geometry);
    const auto part = [&](shapes3d::Factor f) {
      return float(factors[f]) / float(shapes3d::sizes[f] - 1);
    };
    const float body_size = 0.75f + 0.5f * part(shapes3d::scale);
    const float angle = (part(shapes3d::orientation) - 0.5f) * std::numbers::pi_v<float> / 3;
    const rays::Point eye{6.5f * std::sin(angle), 3.2f, 6.5f * std::cos(angle)},
        target{0, 0.95f, 0};
    const rays::Point ahead = rays::direction_of(target - eye),
                      right = rays::direction_of(cross(ahead, {0, 1, 0})), up = cross(right, ahead);
    constexpr float opening = 0.35f;  // half the picture's width, at distance 1

    float* shades = shades_.data() + geometry * shades_.rows();
    const float step = 2 * opening / float(size_ * samples);
    for (Index y = 0; y < size_; ++y)
      for (Index x = 0; x < size_; ++x) {
        Shade sum{};
        for (Index sample = 0; sample < samples * samples; ++sample) {
          const float u = (float(x * samples + sample % samples) + 0.5f) * step - opening;
          const float v = opening - (float(y * samples + sample / samples) + 0.5f) * step;
          const Shade seen = shade({eye, rays::direction_of(ahead + u * right + v * up)},
                                   rays::Body(factors[shapes3d::shape]), body_size);
          for (std::size_t s = 0; s < sum.size(); ++s) sum[s] += seen[s];
        }
        for (const float light : sum) *shades++ = light / float(samples * samples);
      }
  }

  /// The contribution of each surface to the light that arrives along a ray from the eye.
  static Shade shade(const rays::Ray& ray, rays::Body body, float body_size) {
    Shade result{};
    const rays::Span object = rays::meet(ray, body, body_size);
    if (object.seen()) {
      const rays::Point to_lamp = rays::direction_of(lamp() - ray.at(object.enter));
      const rays::Point halfway = rays::direction_of(to_lamp - ray.direction);
      result[2] = ground_light + lamp_light * std::max(0.0f, dot(object.normal, to_lamp));
      result[3] = highlight * std::pow(std::max(0.0f, dot(object.normal, halfway)), gloss);
      return result;
    }
    // The room is seen from inside: a ray ends at the plane through which it leaves the room, and
    // walls between the room and the eye are not drawn.
    int axis = 1;
    float exit = ray.direction.y < 0 ? -ray.origin.y / ray.direction.y : rays::infinity;
    for (const int side : {0, 2}) {
      const float leave = rays::slab(ray, side, -room, room).exit;
      if (leave < exit) exit = leave, axis = side;
    }
    const rays::Point place = ray.at(exit);
    const rays::Ray to_lamp{place, rays::direction_of(lamp() - place)};
    const float inward = ray.direction[axis] > 0 ? -1.0f : 1.0f;
    const float facing = std::max(0.0f, inward * to_lamp.direction[axis]);
    result[axis == 1 ? 0 : 1] =
        ground_light + (rays::meet(to_lamp, body, body_size).seen() ? 0 : lamp_light * facing);
    return result;
  }

  Index size_;
  Matrix<float> shades_;  // (surfaces, x, y) x geometries
};

}  // namespace hebb

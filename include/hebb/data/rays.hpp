/// @file
/// Rays of light, and where they meet simple convex bodies.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "hebb/core/language.hpp"

namespace hebb::rays {

/// A point or a direction: x to the right, y up, z towards the first camera. Not an Eigen vector,
/// because Eigen's expressions and its module Geometry would triple what this header costs to
/// include.
struct Point {
  float x = 0, y = 0, z = 0;  ///< coordinates, in units of the scene

  /// 0, 1, 2: x, y, z.
  float operator[](int axis) const { return axis == 0 ? x : axis == 1 ? y : z; }
};

inline Point operator+(const Point& a, const Point& b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Point operator-(const Point& a, const Point& b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Point operator*(float factor, const Point& a) {
  return {factor * a.x, factor * a.y, factor * a.z};
}
inline Point operator/(const Point& a, float divisor) {
  return {a.x / divisor, a.y / divisor, a.z / divisor};
}
/// The products of the coordinates.
inline Point operator*(const Point& a, const Point& b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
/// The scalar product.
inline float dot(const Point& a, const Point& b) { return a.x * b.x + (a.y * b.y + a.z * b.z); }
/// The vector product.
inline Point cross(const Point& a, const Point& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
/// The direction of a point, at length 1.
inline Point direction_of(const Point& a) { return a / std::sqrt(dot(a, a)); }

/// The distance to what a ray does not meet.
inline constexpr float infinity = std::numeric_limits<float>::infinity();

/// A line of sight.
struct Ray {
  Point origin, direction;  ///< start, and direction of length 1

  Point at(float t) const { return origin + t * direction; }  ///< the point at distance t
};

/// The part of a ray inside a convex body, and the outward normal where it enters. Empty where exit
/// <= enter.
struct Span {
  float enter = infinity, exit = -infinity;  ///< distances along the ray
  Point normal = {};                         ///< of length 1

  /// Whether the body is in front of the origin.
  bool seen() const { return 0 < enter && enter < exit; }
};

/// The part inside both bodies.
inline Span operator&(const Span& a, const Span& b) {
  const Span& later = a.enter >= b.enter ? a : b;
  return {later.enter, std::min(a.exit, b.exit), later.normal};
}

/// The part between two planes that stand across an axis.
inline Span slab(const Ray& ray, int axis, float low, float high) {
  const float to_low = (low - ray.origin[axis]) / ray.direction[axis],
              to_high = (high - ray.origin[axis]) / ray.direction[axis];
  const float side = to_low < to_high ? -1.0f : 1.0f;
  const Point normal{axis == 0 ? side : 0, axis == 1 ? side : 0, axis == 2 ? side : 0};
  return {std::min(to_low, to_high), std::max(to_low, to_high), normal};
}

/// The part inside a ball or, with `along` = (1, 0, 1), inside an endless upright cylinder.
inline Span round(const Ray& ray, const Point& centre, float radius,
                  const Point& along = {1, 1, 1}) {
  const Point from = (ray.origin - centre) * along, direction = ray.direction * along;
  const float a = dot(direction, direction), half_b = dot(from, direction),
              c = dot(from, from) - radius * radius;
  if (a == 0 && c < 0) return {-infinity, infinity};  // along the cylinder, inside it
  const float discriminant = half_b * half_b - a * c;
  if (!(discriminant > 0)) return {};
  const float root = std::sqrt(discriminant), enter = (-half_b - root) / a;
  return {enter, (-half_b + root) / a, (from + enter * direction) / radius};
}

/// The shapes of the objects.
enum class Body { cube, cylinder, ball, capsule };

/// The part inside a body that stands on the floor at the origin; `size` is half its height.
inline Span meet(const Ray& ray, Body body, float size) {
  const Point upright{1, 0, 1};
  const float height = 2 * size;
  if (body == Body::ball) return round(ray, {0, size, 0}, size);
  if (body == Body::cylinder) return round(ray, {}, 0.8f * size, upright) & slab(ray, 1, 0, height);
  if (body == Body::cube) {
    const float half = 0.8f * size;
    return slab(ray, 0, -half, half) & slab(ray, 1, 0, 2 * half) & slab(ray, 2, -half, half);
  }
  const float radius = 0.55f * size;
  Span first = round(ray, {}, radius, upright) & slab(ray, 1, radius, height - radius);
  for (const float middle : {radius, height - radius}) {
    const Span end = round(ray, {0, middle, 0}, radius);
    if (end.seen() && (!first.seen() || end.enter < first.enter)) first = end;
  }
  return first;
}

}  // namespace hebb::rays

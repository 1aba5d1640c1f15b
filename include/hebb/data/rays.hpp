/// @file
/// Rays of light and their intersections with simple convex bodies.
#pragma once

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <limits>

namespace hebb::rays {

using Point = Eigen::Vector3f;  // x to the right, y up, z towards the first camera

inline constexpr float infinity = std::numeric_limits<float>::infinity();

struct Ray {
  Point origin, direction;

  Point at(float t) const { return origin + t * direction; }
};

/// The interval of a ray inside a convex body, and the outward normal where the ray enters. Empty
/// when exit <= enter.
struct Span {
  float enter = infinity, exit = -infinity;
  Point normal = Point::Zero();

  bool seen() const { return 0 < enter && enter < exit; }
};

/// The intersection of two intervals.
inline Span operator&(const Span& a, const Span& b) {
  const Span& later = a.enter >= b.enter ? a : b;
  return {later.enter, std::min(a.exit, b.exit), later.normal};
}

/// Between two planes perpendicular to an axis.
inline Span slab(const Ray& ray, int axis, float low, float high) {
  const float to_low = (low - ray.origin[axis]) / ray.direction[axis],
              to_high = (high - ray.origin[axis]) / ray.direction[axis];
  Point normal = Point::Zero();
  normal[axis] = to_low < to_high ? -1.0f : 1.0f;
  return {std::min(to_low, to_high), std::max(to_low, to_high), normal};
}

/// Inside a ball or, with `along` = (1, 0, 1), inside an infinite vertical cylinder.
inline Span round(const Ray& ray, const Point& centre, float radius,
                  const Point& along = Point::Ones()) {
  const Point from = (ray.origin - centre).cwiseProduct(along),
              direction = ray.direction.cwiseProduct(along);
  const float a = direction.squaredNorm(), half_b = from.dot(direction),
              c = from.squaredNorm() - radius * radius;
  if (a == 0 && c < 0) return {-infinity, infinity};  // along the cylinder, inside it
  const float discriminant = half_b * half_b - a * c;
  if (!(discriminant > 0)) return {};
  const float root = std::sqrt(discriminant), enter = (-half_b - root) / a;
  return {enter, (-half_b + root) / a, (from + enter * direction) / radius};
}

enum class Body { cube, cylinder, ball, capsule };

/// Inside a body that stands on the floor at the origin; `size` is half its height.
inline Span meet(const Ray& ray, Body body, float size) {
  const Point upright(1, 0, 1);
  const float height = 2 * size;
  if (body == Body::ball) return round(ray, {0, size, 0}, size);
  if (body == Body::cylinder)
    return round(ray, Point::Zero(), 0.8f * size, upright) & slab(ray, 1, 0, height);
  if (body == Body::cube) {
    const float half = 0.8f * size;
    return slab(ray, 0, -half, half) & slab(ray, 1, 0, 2 * half) & slab(ray, 2, -half, half);
  }
  const float radius = 0.55f * size;
  Span first = round(ray, Point::Zero(), radius, upright) & slab(ray, 1, radius, height - radius);
  for (const float middle : {radius, height - radius}) {
    const Span end = round(ray, {0, middle, 0}, radius);
    if (end.seen() && (!first.seen() || end.enter < first.enter)) first = end;
  }
  return first;
}

}  // namespace hebb::rays

#include "hebb/data/shapes3d.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace hebb;
using shapes3d::Factors;
using shapes3d::scene_of;

namespace {

constexpr Index side = 32, red = 0, green = 3, cyan = 5;  // hues; green is not pure, cyan is
const Shapes3d shapes(side, 2), large_shapes(64, 1);

/// A cyan object in a red room: only the object has green and blue.
Matrix<float> cyan_in_red(Index scale, Index shape, Index orientation,
                          const Shapes3d& drawn_by = shapes) {
  const std::vector<Index> scene{scene_of({red, red, cyan, scale, shape, orientation})};
  Matrix<float> frame(drawn_by.rows(), 1);
  drawn_by.render(scene, frame);
  return frame.reshaped(3, frame.rows() / 3);
}

/// The number of pixels of the object in each row, from the top; pixels at an edge count in part.
Vector<double> widths(const Matrix<float>& frame) {
  const Index width = Index(std::lround(std::sqrt(frame.cols())));
  Vector<double> result = Vector<double>::Zero(width);
  for (Index place = 0; place < frame.cols(); ++place) {
    const float all = frame.col(place).maxCoeff();
    result[place / width] += double(std::min(1.0f, frame(1, place) / all));
  }
  return result;
}

}  // namespace

TEST_CASE(
    "shapes3d: scenes are numbered by mixed radix, orientation fastest, and every number comes "
    "back") {
  CHECK(scene_of({0, 0, 0, 0, 0, 1}) == 1);
  CHECK(scene_of({0, 0, 0, 0, 1, 0}) == 15);
  CHECK(scene_of({0, 0, 0, 1, 0, 0}) == 60);
  CHECK(scene_of({1, 0, 0, 0, 0, 0}) == 48'000);
  CHECK(scene_of({9, 9, 9, 7, 3, 14}) == shapes3d::scenes - 1);
  Index wrong = 0;
  for (Index scene = 0; scene < shapes3d::scenes; ++scene)
    wrong += scene_of(shapes3d::factors_of(scene)) != scene;
  CHECK(wrong == 0);
  CHECK_THROWS_AS(shapes3d::factors_of(shapes3d::scenes), InvalidParameter);
  CHECK_THROWS_AS(shapes3d::factors_of(-1), InvalidParameter);
  CHECK_THROWS_AS(scene_of({0, 0, 0, 8, 0, 0}), InvalidParameter);
}

TEST_CASE("rays: the intersection of a horizontal ray with each body, by hand") {
  const rays::Ray ray{{0, 1, 5}, {0, 0, -1}};
  const std::array<float, 4> front{0.8f, 0.8f, 1.0f,
                                   0.55f};  // cube, cylinder, ball, capsule of half height 1
  for (std::size_t body = 0; body < front.size(); ++body) {
    const rays::Span span = rays::meet(ray, rays::Body(body), 1);
    CHECK(span.seen());
    CHECK(span.enter == doctest::Approx(5 - front[body]));
    CHECK(span.normal.z == doctest::Approx(1));
    CHECK_FALSE(rays::meet({{1.5f, 1, 5}, {0, 0, -1}}, rays::Body(body), 1).seen());
    CHECK_FALSE(rays::meet({{0, 1, 5}, {0, 0, 1}}, rays::Body(body), 1).seen());  // behind
  }
  const rays::Ray down{{0.1f, 5, 0.1f}, {0, -1, 0}};
  CHECK(rays::meet(down, rays::Body::cylinder, 1).enter == doctest::Approx(3));
  CHECK(rays::meet(down, rays::Body::cube, 1).normal.y == doctest::Approx(1));
  CHECK(rays::meet(down, rays::Body::capsule, 1).enter ==
        doctest::Approx(5 - 1.45 - std::sqrt(0.55 * 0.55 - 0.02)));
}

TEST_CASE("shapes3d: the larger the scale, the more pixels the object covers, for every shape") {
  for (Index shape = 0; shape < 4; ++shape)
    for (Index scale = 1; scale < 8; ++scale)
      CHECK(widths(cyan_in_red(scale, shape, 7)).sum() >
            1.03 * widths(cyan_in_red(scale - 1, shape, 7)).sum());
}

TEST_CASE("shapes3d: perspective makes the far edge of a cube's top narrower than its near one") {
  const Vector<double> cube = widths(cyan_in_red(7, 0, 7, large_shapes));
  Index top = 0;
  while (cube[top] < 1) ++top;
  CHECK(cube.maxCoeff() > 1.1 * cube[top + 1]);
  Index widest = 0;
  cube.maxCoeff(&widest);
  CHECK(widest > top + 1);
}

TEST_CASE("shapes3d: a ball has the same outline from all directions, a cube does not") {
  const auto changes = [](Index shape) {
    return (widths(cyan_in_red(5, shape, 0)) - widths(cyan_in_red(5, shape, 7))).cwiseAbs().sum();
  };
  CHECK(changes(2) < 1);
  CHECK(changes(0) > 10);
}

TEST_CASE(
    "shapes3d: faces that look towards the lamp are brighter, and what lies in shadow has the "
    "ground light alone") {
  const Matrix<float> cube = cyan_in_red(7, 0, 0);
  std::set<int> levels;
  float floor_least = 1, floor_greatest = 0;
  for (Index place = 0; place < cube.cols(); ++place) {
    if (cube(1, place) > 0 && cube(0, place) < 0.01f)
      levels.insert(int(std::lround(cube(1, place) * 10)));
    if (cube(1, place) == 0) {
      floor_least = std::min(floor_least, cube(0, place));
      floor_greatest = std::max(floor_greatest, cube(0, place));
    }
  }
  CHECK(*levels.rbegin() - *levels.begin() >= 4);  // of full brightness 10
  CHECK(floor_least == doctest::Approx(0.35));
  CHECK(floor_greatest > 0.9f);
}

TEST_CASE("shapes3d: a hue colours its own surface and no other") {
  const std::vector<Index> scenes{
      scene_of({red, cyan, green, 4, 1, 3}), scene_of({cyan, cyan, green, 4, 1, 3}),
      scene_of({red, red, green, 4, 1, 3}), scene_of({red, cyan, red, 4, 1, 3})};
  Matrix<float> frames(shapes.rows(), 4);
  shapes.render(scenes, frames);
  CHECK(frames.minCoeff() >= 0);
  CHECK(frames.maxCoeff() <= 1);
  std::array<Index, 3> changed{};
  Index pixels_in_two = 0;
  for (Index place = 0; place < side * side; ++place) {
    Index here = 0;
    for (std::size_t other = 0; other < 3; ++other) {
      const bool differs =
          frames.col(0).segment<3>(3 * place) != frames.col(Index(other) + 1).segment<3>(3 * place);
      changed[other] += differs;
      here += differs;
    }
    CHECK(here >= 1);
    pixels_in_two += here > 1;
  }
  for (const Index count : changed) CHECK(count > side * side / 20);
  CHECK(pixels_in_two < side * side / 6);  // edges
}

TEST_CASE("shapes3d: two drawings have the same bits, on one thread and on several") {
  std::vector<Index> scenes;
  Random random{.seed = 2};
  for (int i = 0; i < 40; ++i) scenes.push_back(random.below(shapes3d::scenes));
  Matrix<float> first(shapes.rows(), 40), second = first;
  shapes.render(scenes, first);
#ifdef _OPENMP
  const int before = omp_get_max_threads();
  omp_set_num_threads(before == 1 ? 2 : 1);
#endif
  const Shapes3d again(side, 2);
  again.render(scenes, second);
#ifdef _OPENMP
  omp_set_num_threads(before);
#endif
  CHECK(first == second);
}

TEST_CASE("shapes3d: impossible sizes are refused") {
  CHECK_THROWS_AS(Shapes3d(0), InvalidParameter);
  CHECK_THROWS_AS(Shapes3d(8, 0), InvalidParameter);
  const std::vector<Index> scene{0}, none{shapes3d::scenes};
  Matrix<float> wrong(3, 1), right(shapes.rows(), 1);
  CHECK_THROWS_AS(shapes.render(scene, wrong), ShapeError);
  CHECK_THROWS_AS(shapes.render(none, right), InvalidParameter);
}

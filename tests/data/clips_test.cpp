#include "hebb/data/clips.hpp"

#include <doctest/doctest.h>

using namespace hebb;
using shapes3d::Factors;

namespace {

constexpr Index clips = 4000, frames = 17;
const Clips film({.clips = clips, .random = {.seed = 3}});

/// The factors of the frames of a clip, with hues as positions in their cycles.
std::vector<Factors> places_in(Index clip) {
  std::vector<Index> scenes(frames);
  film.scenes(clip * frames, scenes);
  std::vector<Factors> result;
  for (const Index scene : scenes) {
    Factors factors = shapes3d::factors_of(scene);
    for (const auto hue : {shapes3d::floor_hue, shapes3d::wall_hue, shapes3d::object_hue}) {
      const auto& colours = film.colours(hue);
      factors[hue] = std::find(colours.begin(), colours.end(), factors[hue]) - colours.begin();
    }
    result.push_back(factors);
  }
  return result;
}

/// The one factor that changes in a clip.
std::size_t moving_in(const std::vector<Factors>& clip) {
  std::vector<std::size_t> moving;
  for (std::size_t f = 0; f < shapes3d::sizes.size(); ++f)
    if (std::any_of(clip.begin(), clip.end(),
                    [&](const Factors& frame) { return frame[f] != clip[0][f]; }))
      moving.push_back(f);
  REQUIRE(moving.size() == 1);
  return moving[0];
}

}  // namespace

TEST_CASE(
    "clips: exactly one factor changes, each with the same probability, and never the shape") {
  std::array<Index, 6> count{};
  for (Index clip = 0; clip < clips; ++clip) ++count[moving_in(places_in(clip))];
  CHECK(count[shapes3d::shape] == 0);
  for (std::size_t f = 0; f < count.size(); ++f)
    if (f != shapes3d::shape)
      CHECK(std::abs(double(count[f]) - 800) <
            4 * std::sqrt(800 * 0.8));  // four standard deviations
}

TEST_CASE(
    "clips: hues go around their circle at one speed; scale and orientation turn back where they "
    "touch an end") {
  Index fast = 0, moving_hues = 0, around = 0, turns = 0;
  for (Index clip = 0; clip < clips; ++clip) {
    const auto places = places_in(clip);
    const std::size_t f = moving_in(places);
    const Index size = shapes3d::sizes[f];
    if (f <= shapes3d::object_hue) {
      const Index step = (places[1][f] - places[0][f] + size) % size;
      REQUIRE((step == 1 || step == 2 || step == 8 || step == 9));
      ++moving_hues;
      fast += step == 2 || step == 8;
      for (std::size_t t = 1; t < frames; ++t) {
        REQUIRE((places[t][f] - places[t - 1][f] + size) % size == step);
        around += std::abs(places[t][f] - places[t - 1][f]) > 2;
      }
    } else {
      for (std::size_t t = 2; t < frames; ++t) {
        const Index before = places[t - 1][f] - places[t - 2][f],
                    now = places[t][f] - places[t - 1][f];
        const bool at_end = places[t - 1][f] == 0 || places[t - 1][f] == size - 1;
        REQUIRE(std::abs(now) <= 2);
        if (at_end) {
          REQUIRE((places[t - 1][f] == 0) == (now > 0));
          turns += before * now < 0;
        } else {
          REQUIRE(before * now >=
                  0);  // 0 if the first frame is at the limit towards which the factor moves
        }
      }
    }
  }
  CHECK(around > 1000);
  CHECK(turns > 1000);
  CHECK(double(fast) / double(moving_hues) == doctest::Approx(1 - std::exp(-0.25)).epsilon(0.15));
}

TEST_CASE("clips: each hue has its own order of colours") {
  for (const auto hue : {shapes3d::floor_hue, shapes3d::wall_hue, shapes3d::object_hue}) {
    auto colours = film.colours(hue);
    CHECK_FALSE(std::is_sorted(colours.begin(), colours.end()));
    std::sort(colours.begin(), colours.end());
    for (Index i = 0; i < 10; ++i) CHECK(colours[std::size_t(i)] == i);
  }
  CHECK(film.colours(shapes3d::floor_hue) != film.colours(shapes3d::wall_hue));
  CHECK_THROWS_AS(film.colours(shapes3d::scale), InvalidParameter);
}

TEST_CASE(
    "clips: a frame does not depend on where its block begins, and another seed makes another "
    "film") {
  std::vector<Index> whole(200), part(100);
  film.scenes(0, whole);
  film.scenes(41, part);
  CHECK(std::equal(part.begin(), part.end(), whole.begin() + 41));
  Clips({.clips = 20, .random = {.seed = 4}}).scenes(41, part);
  CHECK_FALSE(std::equal(part.begin(), part.end(), whole.begin() + 41));
}

TEST_CASE("clips: frames outside the film and parameters out of range are refused") {
  std::vector<Index> two(2);
  film.scenes(film.size() - 2, two);
  CHECK(film.size() == clips * frames);
  CHECK_THROWS_AS(film.scenes(film.size() - 1, two), InvalidParameter);
  CHECK_THROWS_AS(film.scenes(-1, two), InvalidParameter);
  CHECK_THROWS_AS(Clips({.clips = 0}), InvalidParameter);
  CHECK_THROWS_AS(Clips({.frames = 0}), InvalidParameter);
  CHECK_THROWS_AS(Clips({.fast = 2}), InvalidParameter);
}

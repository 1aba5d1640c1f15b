#include <doctest/doctest.h>

#include "hebb/core/activation.hpp"
#include "tests/files.hpp"
#include "video/consecutive.hpp"
#include "video/film.hpp"
#include "video/lag.hpp"

using namespace hebb;
using video::ConsecutiveLpl;

namespace {

const Shapes3d shapes(8, 1);
const Clips clips({.clips = 1000, .random = {.seed = 1}});

/// Mean over units of <(dz)^2> / variance.
double slowness(const Matrix<float>& z) {
  const Index steps = z.cols() - 1;
  const Matrix<float> x = z.colwise() - Vector<float>(z.rowwise().mean()),
                      change = x.rightCols(steps) - x.leftCols(steps);
  return double(
      (change.rowwise().squaredNorm().array() / x.rowwise().squaredNorm().array().max(1e-6f))
          .mean());
}

/// The slowness of rectified units over fresh frames after learning from the film.
double slowness_learned(const video::Film& film, float predictive) {
  const ConsecutiveLpl rule{{.parameters = {.eta = 5e-3f, .predictive = predictive}}};
  auto state = rule.init({.pre = film.shape.size(), .post = 16});
  state.weights =
      Random{.seed = 3}.normal<float>(16, film.shape.size()) / std::sqrt(float(film.shape.size()));
  Matrix<float> frames, rate, gain;
  const Random random{.seed = 4};
  for (std::uint64_t step = 0; step < 150; ++step) {
    film.watch(random.at(step).below(film.frames / 2), 65, frames);
    Relu::respond<float>(state.weights * frames, rate, gain);
    rule.update(frames, Response<float>(rate, gain), state);
  }
  film.watch(film.frames / 2 + 200, 1000, frames);
  Relu::respond<float>(state.weights * frames, rate, gain);
  return slowness(rate);
}

}  // namespace

TEST_CASE("video: learning from a film is Symmetric LPL on the views that are one lag apart") {
  const ConsecutiveLpl::Pairs pairs;
  Index lag = 1;
  SUBCASE("of one frame") { lag = 1; }
  SUBCASE("of three frames") { lag = 3; }
  const ConsecutiveLpl consecutive{pairs, lag};
  constexpr Index frames = 9, units = 3, inputs = 4;
  Random random{.seed = 2};
  const Matrix<float> x = random.normal<float>(inputs, frames),
                      drive = random.normal<float>(units, frames);
  Matrix<float> rate, gain;
  Relu::respond<float>(drive, rate, gain);
  const auto views = [&](const Matrix<float>& of) {
    Matrix<float> both(of.rows(), 2 * (frames - lag));
    both << of.leftCols(frames - lag), of.rightCols(frames - lag);
    return both;
  };
  auto state = consecutive.init({.pre = inputs, .post = units});
  auto expected = pairs.init({.pre = inputs, .post = units});
  const Matrix<float> both_rates = views(rate), both_gains = views(gain), both_inputs = views(x);

  const Matrix<float> factor =
      pairs.post_factor(Response<float>(both_rates, both_gains), expected).post;
  const Matrix<float> change = factor * both_inputs.transpose() / float(both_inputs.cols());
  const Matrix<float> found = consecutive.post_factor(Response<float>(rate, gain), state).post *
                              x.transpose() / float(frames);
  CHECK((found - change).cwiseAbs().maxCoeff() < 1e-6f * change.cwiseAbs().maxCoeff() * 10);
  CHECK(change.cwiseAbs().maxCoeff() > 0.01f);

  CHECK(consecutive.loss(rate).predictive ==
        doctest::Approx(pairs.loss(Response<float>(both_rates, both_gains)).predictive));
  const Matrix<float> one = rate.leftCols(lag);
  CHECK_THROWS_AS(consecutive.post_factor(Response<float>(one, one), state), ShapeError);
}

TEST_CASE(
    "video: units that learn from the film are slower with the predictive term than without") {
#ifdef _OPENMP
  omp_set_num_threads(1);  // frames of 8 x 8 are too small to be shared
#endif
  const video::Film film = video::generated_film(shapes, clips);
  const double lpl = slowness_learned(film, 1), without = slowness_learned(film, 0);
  CHECK(lpl < 0.9 * without);
  CHECK(lpl > 0);
}

TEST_CASE(
    "video: a film of the user's own is cut to its middle square, averaged down, and "
    "standardised") {
  const TemporaryDirectory folder;
  // Three frames of 6 x 4: the middle square is columns 1 to 4; 2 x 2 pixels of it become one.
  for (std::uint8_t frame = 0; frame < 3; ++frame) {
    Bytes file{'P', '5', ' ', '6', ' ', '4', ' ', '2', '5', '5', '\n'};
    for (int y = 0; y < 4; ++y)
      for (int x = 0; x < 6; ++x)
        file.push_back(std::uint8_t(x == 0 || x == 5 ? 255 : 10 * frame + (x > 2) + 2 * (y > 1)));
    folder.write("frame" + std::to_string(frame) + ".pgm", file);
  }
  const video::Film film = video::users_film(folder.path, 2);
  CHECK(film.frames == 3);
  Matrix<float> drawn(4, 2);
  film.draw(1, drawn);
  for (Index place = 0; place < 4; ++place) {
    CHECK(drawn(place, 0) * 255 == doctest::Approx(double(10 + place)));
    CHECK(drawn(place, 1) * 255 == doctest::Approx(double(20 + place)));
  }
  Matrix<float> seen;
  film.watch(0, 3, seen);
  CHECK(seen.mean() == doctest::Approx(0).epsilon(1e-5));
  CHECK(seen.squaredNorm() / 12 == doctest::Approx(1));

  const video::Film larger = video::users_film(folder.path, 8);
  CHECK(larger.shape.size() == 64);
  std::filesystem::remove(folder.path / "frame2.pgm");
  CHECK_THROWS_AS(video::users_film(folder.path, 2), InvalidParameter);
}

TEST_CASE("video: the default lag follows from the film's autocorrelation") {
  // Two pixels in quadrature: at a lag of k frames their autocorrelation is cos(2 pi k / period).
  constexpr Index period = 40, frames = 5 * period;
  const double pi = std::acos(-1.0);
  video::Film film{.shape = {1, 2, 1}, .frames = frames, .draw = {}};
  Matrix<float> pixels(2, frames);
  for (Index t = 0; t < frames; ++t) {
    const double phase = 2 * pi * double(t) / double(period);
    pixels.col(t) << float(3 + std::cos(phase)), float(3 + std::sin(phase));
  }
  film.draw = [&](Index begin, Eigen::Ref<Matrix<float>> out) {
    out = pixels.middleCols(begin, out.cols());
  };
  film.statistics = {Vector<float>::Zero(1), Vector<float>::Ones(1)};
  CHECK(video::largest_lag(film) == 25);
  const std::vector<double> r = video::autocorrelation(film, 25);
  REQUIRE(r.size() == 26);
  for (Index k = 0; k <= 25; ++k)
    CHECK(r[std::size_t(k)] ==
          doctest::Approx(std::cos(2 * pi * double(k) / double(period))).epsilon(1e-5));
  CHECK(video::lag_of(r) == 7);  // the first k above period / 6

  CHECK(video::lag_of(video::autocorrelation(film, 5)) == 5);  // none is below
  pixels.setConstant(2);
  CHECK(video::lag_of(video::autocorrelation(film, 3)) == 3);
  CHECK_THROWS_AS(video::autocorrelation(film, frames), InvalidParameter);
}

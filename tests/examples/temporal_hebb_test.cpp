#include <doctest/doctest.h>

#include <csignal>

#include "hebb/io/checkpoint.hpp"
#include "temporal_hebb/course.hpp"
#include "tests/files.hpp"

using namespace temporal_hebb;
using hebb::Matrix;

namespace temporal_hebb {
Changes gradient(const Model&, const Changes& weights, const Matrix<float>&, const Matrix<float>&) {
  return weights;
}
Changes gauss_newton(const Model&, const Changes&, const Matrix<float>&, const Matrix<float>&) {
  return {};
}
}  // namespace temporal_hebb

namespace {

const Model model{.sizes = {4, 3, 10}};
constexpr Index images = 40, batch = 10;

/// Images whose first pixel is their label.
hebb::ImageSet labelled(Index count) {
  hebb::ImageSet set{
      .channels = 1, .width = 2, .height = 2, .pixels = {}, .labels = {}, .classes = 10};
  for (Index i = 0; i < count; ++i) {
    set.labels.push_back(int(i % 10));
    set.pixels.insert(set.pixels.end(), {std::uint8_t(i % 10), 0, 0, 0});
  }
  return set;
}

/// Classifies a share of the images correctly that depends on the number of batches: more until the
/// third epoch, then fewer.
struct Scripted : Learner {
  std::int64_t step = 0, fails_at = -1;
  bool stops = false;     // and does not fail
  std::int64_t seen = 0;  // a sum that depends on the order of the samples
  Matrix<float> output;

  void train(const Matrix<float>&, const Matrix<float>&, std::span<const Index> samples) override {
    if (step == fails_at && !stops) throw std::runtime_error("the power went off");
    if (step == fails_at) std::raise(SIGTERM);
    ++step;
    for (const Index sample : samples) seen = (31 * seen + sample) % 1000003;
  }
  const Matrix<float>& predict(const Matrix<float>& x) override {
    const std::int64_t epoch = step / (images / batch), right = epoch <= 3 ? 2 * epoch : 5;
    output.setZero(10, x.cols());
    for (Index c = 0; c < x.cols(); ++c)
      output((std::lround(x(0, c) * 255) + (c % 10 < right ? 0 : 1)) % 10, c) = 1;
    return output;
  }
  Probe probe(const Matrix<float>&, const Matrix<float>&) const override {
    return {.feedback = {double(seen), 1},
            .changes = weights(),
            .error = 2,
            .latency = [](double tolerance) { return tolerance; }};
  }
  double feedback(std::size_t) override { return 0; }
  void watch(hebb::Monitor<float>&, std::int64_t, const Matrix<float>&) override {}
  Changes weights() const override {
    return {Matrix<float>::Constant(3, 5, float(step + 1)), Matrix<float>::Ones(10, 4)};
  }
  void take(const Changes&) override {}
  void each(auto&& visit) {
    visit("step", step);
    visit("seen", seen);
  }
  void save(const std::filesystem::path& file, const Measured& measured) override {
    hebb::save_checkpoint(file, *this, measured);
  }
  void load(const std::filesystem::path& file, const Measured& measured) override {
    hebb::load_checkpoint(file, *this, measured);
  }
};

Course course(const std::filesystem::path& checkpoint, bool resume, std::int64_t fails_at = -1,
              double eta = 1, const std::string& digest = "", bool stops = false) {
  const Data data{labelled(images), labelled(200), labelled(50), "labels", digest};
  const Arm arm{.framework = "",
                .rule = "",
                .name = "",
                .title = "",
                .variant = false,
                .model = model,
                .defaults = {},
                .make = [fails_at, stops](const Model&, const Settings&) {
                  auto learner = std::make_unique<Scripted>();
                  learner->fails_at = fails_at;
                  learner->stops = stops;
                  return learner;
                }};
  return run(arm, nullptr, {.images = images, .epochs = 5, .batch = batch, .eta = eta}, data, 0.5,
             checkpoint, resume);
}

}  // namespace

TEST_CASE(
    "a surprise gives every image the class after its own, and the last class becomes the first") {
  const std::vector<int> labels{0, 5, 9};
  const Matrix<float> right = targets(model, labels), shifted = targets(model, labels, 1);
  for (Index c = 0; c < 3; ++c) {
    for (Index i = 0; i < 10; ++i) CHECK(shifted((i + 1) % 10, c) == right(i, c));
    CHECK(right(labels[std::size_t(c)], c) == 0.9f);
    CHECK(right.col(c).sum() == doctest::Approx(1));
  }
}

TEST_CASE("the test accuracy is that of the epoch which is best on validation images") {
  const TemporaryDirectory directory;
  const Course found = course(directory / "arm.npz", false);
  CHECK(found.epochs() == 5);
  CHECK(found.best() == 3);
  CHECK(found.rows(3, Course::validation) == doctest::Approx(60));
  CHECK(found.rows(5, Course::validation) == doctest::Approx(50));
  CHECK(found.rows(5, Course::test) == found.rows(3, Course::test));
  CHECK(found.rows(5, Course::test) == doctest::Approx(60));
  CHECK(found.rows(5, Course::latency) == 1);  // half of the error before learning
}

TEST_CASE(
    "a run that goes on from its checkpoint measures what the uninterrupted one does, and refuses "
    "other settings and images") {
  const TemporaryDirectory directory;
  const auto file = directory / "arm.npz";
  const Course whole = course(directory / "whole.npz", false);
  CHECK_THROWS(course(file, true, 14));  // in the fourth epoch
  Course resumed = course(file, true);
  resumed.rows.col(Course::seconds) = whole.rows.col(Course::seconds);
  CHECK(resumed.rows == whole.rows);
  CHECK(whole.rows(5, Course::feedback) != whole.rows(4, Course::feedback));
  CHECK_THROWS_WITH_AS(course(file, true, -1, 2),
                       doctest::Contains("--eta 1; this run has --eta 2."), hebb::InvalidParameter);
  CHECK_THROWS_WITH_AS(course(file, true, -1, 1, "other"),
                       doctest::Contains("digest of the images"), hebb::InvalidParameter);
}

TEST_CASE("a run that is stopped in the middle of an epoch loses no step") {
  const TemporaryDirectory directory;
  const auto file = directory / "arm.npz";
  const Course whole = course(directory / "whole.npz", false);
  example::listen_for_stop();
  CHECK_THROWS_AS(course(file, false, 14, 1, "", true), example::Stopped);
  example::listen_for_stop();
  Course resumed = course(
      file, true,
      14);  // step 14 was learned before the stop: a learner that came to it again would fail
  resumed.rows.col(Course::seconds) = whole.rows.col(Course::seconds);
  CHECK(resumed.rows == whole.rows);
}

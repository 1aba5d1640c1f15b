#include <doctest/doctest.h>

#include <csignal>
#include <numbers>
#include <set>

#include "compare_rules/experiment.hpp"
#include "hebb/core/rule_of.hpp"

using namespace compare_rules;
namespace fs = std::filesystem;

namespace {

constexpr Index inputs = 12, classes = 4;

/// Gaussian samples whose variance falls from input to input, moved by a vector of their class.
Part gaussian(Index count, const Random& random) {
  const Vector<float> deviation = Vector<float>::LinSpaced(inputs, 2.0f, 0.2f);
  const Matrix<float> centres = Random{.seed = 3}.normal<float>(inputs, classes);
  Part part{deviation.asDiagonal() * random.stream("samples").normal<float>(inputs, count), {}};
  Random label = random.stream("labels");
  for (Index i = 0; i < count; ++i) {
    part.labels.push_back(label.below(classes));
    part.x.col(i) += centres.col(part.labels.back());
  }
  return part;
}

Data gaussian_data() {
  const Random random{.seed = 2};
  return {.name = "Gaussian",
          .channels = 1,
          .width = 4,
          .height = 3,
          .classes = classes,
          .learn = gaussian(4000, random.stream("learn")),
          .validation = gaussian(500, random.stream("validation")),
          .test = gaussian(2000, random.stream("test"))};
}

const Setting setting{
    .units = 4, .steps = 2000, .batch = 20, .seeds = 2, .factors = {1}, .readout_images = 2000};

Results results_of(const std::vector<Contender>& rules, const Data& data, bool resume = false) {
  const fs::path folder = fs::temp_directory_path() / "hebb_compare_rules_test";
  fs::create_directories(folder);
  example::RunSettings settings;
  settings.set("--seed", 1);
  return compare(rules, data, setting, 1, {folder, resume, settings});
}

struct MyRule {  // Oja's subspace rule: dW = eta <y x^T - y y^T W>
  using Scalar = float;
  float eta = 0.01f;

  Factor<float, Matrix<float>> post_factor(const View<float>& y) const {
    return {y, y * y.transpose() / float(y.cols())};
  }
};

Contender mine(float eta = 0.003f) {
  return dense<Linear>("mine", RuleOf<MyRule>{.parameters = {.eta = eta}});
}

}  // namespace

TEST_CASE(
    "compare_rules: Oja's subspace holds as much variance as the principal components, random "
    "weights less") {
  Data data = gaussian_data();
  standardise_images(data);
  const Results results = results_of({mine()}, data);
  const double bound = results.of(principal_name).score(explained).mean;
  CHECK(results.of("mine").score(explained).mean > bound - 1);
  CHECK(results.of("mine").score(explained).mean <= bound + 1e-4);
  CHECK(results.of(random_name).score(explained).mean < bound - 10);
}

TEST_CASE("compare_rules: directions along which weights are short hold no variance") {
  Data data = gaussian_data();
  standardise_images(data);
  const Judge judge(data, 100);
  Matrix<float> weights = judge.components(2);
  const double both = judge.share_of_variance(weights);
  weights.row(1) = weights.row(0) + 1e-3f * weights.row(1);  // two units that learned the same
  CHECK(judge.share_of_variance(weights) < both - 0.05);
  weights.row(1) = weights.row(0);
  CHECK(judge.share_of_variance(weights) ==
        doctest::Approx(judge.share_of_variance(judge.components(1))));
}

TEST_CASE("compare_rules: a rule of one's own, added by one line, has all scores") {
  Data data = gaussian_data();
  standardise_images(data);
  const Results results = results_of({mine()}, data);
  const Outcome& one = results.of("mine");
  CHECK(one.finished());
  CHECK(one.response == "Linear");
  for (const Score which : {readout, own_readout})
    CHECK(one.score(which).mean > 100.0 / classes + 5);
  CHECK(one.validation(0) > 100.0 / classes + 5);
  CHECK(one.score(selective).mean > 0.1);
  CHECK(one.score(sparse).mean == doctest::Approx(1 - std::numbers::inv_pi).epsilon(0.1));
  CHECK(one.score(silent).mean == 0);
  CHECK(one.score(late).mean < 0.2);
  CHECK(one.updates_per_second > 0);
  CHECK((one.weights * one.weights.transpose()).isIdentity(0.1f));
}

TEST_CASE("compare_rules: random weights are at chance on shuffled labels, and above it on true") {
  Data data = gaussian_data();
  standardise_images(data);
  CHECK(results_of({}, data).of(random_name).score(readout).mean > 40);
  Random random{.seed = 9};
  data.each_part([&](Part& part) {
    for (Index& label : part.labels) label = random.below(classes);
  });
  const double error = 100 * std::sqrt(0.25 * 0.75 / double(data.test.size()));
  CHECK(std::abs(results_of({}, data).of(random_name).score(readout).mean - 25) < 3 * error);
}

TEST_CASE("compare_rules: a rule that diverges is named, and the others are scored") {
  Data data = gaussian_data();
  standardise_images(data);
  Contender grows = mine(1);
  grows.name = "grows";
  const Results results = results_of({grows, mine()}, data);
  CHECK_FALSE(results.of("grows").finished());
  CHECK(results.of("grows").validation(0) == diverged);
  CHECK(results.of("mine").finished());
}

TEST_CASE("compare_rules: a comparison that was stopped continues to the same scores") {
  Data data = gaussian_data();
  standardise_images(data);
  int updates = 0;
  Contender stopping = mine();
  stopping.train = [&updates, train = stopping.train](const Data& d, const Setting& s, double f,
                                                      const Random& r) {
    if (++updates == 3) std::raise(SIGTERM);  // in the third of its runs
    return train(d, s, f, r);
  };
  const Results whole = results_of({mine()}, data);
  example::listen_for_stop();
  CHECK_THROWS_AS(results_of({stopping}, data), example::Stopped);
  example::listen_for_stop();
  const Results resumed = results_of({mine()}, data, true);
  CHECK(resumed.of("mine").scores == whole.of("mine").scores);
  CHECK(resumed.of("mine").weights == whole.of("mine").weights);
}

TEST_CASE("compare_rules: sparseness is 0 for equal responses and 1 for one response") {
  Matrix<float> rate = Matrix<float>::Constant(1, 10, 3);
  CHECK(sparseness(rate) == doctest::Approx(0));
  rate.setZero();
  CHECK(sparseness(rate) == 0);  // no unit responds
  rate(0, 4) = 2;
  CHECK(sparseness(rate) == doctest::Approx(1));
  rate.resize(2, 2);
  rate << 1, 1, 0, 5;
  CHECK(sparseness(rate) == doctest::Approx(0.5));
  CHECK(class_selectivity(rate, {0, 1}, 2) == doctest::Approx(0.5));
}

TEST_CASE("compare_rules: arrays of one's own become disjoint parts; bad labels are refused") {
  const fs::path file = fs::temp_directory_path() / "hebb_compare_rules_own.npz";
  NpyArray images{{'u', 1}, {10, 2, 3}, NpyOrder::last_fastest, {}};
  for (int i = 0; i < 60; ++i) images.data.push_back(std::byte(i));
  Vector<double> labels(10);
  labels << 0, 1, 2, 0, 1, 2, 0, 1, 2, 0;
  write_npz(file, {{"images", images}, {"labels", to_npy(labels)}});
  Data data = read_arrays(file);
  CHECK(data.width == 3);
  CHECK(data.height == 2);
  CHECK(data.classes == 3);
  std::set<float> first;  // the first pixel of each image is a multiple of 6, with its label
  data.each_part([&](const Part& part) {
    for (Index i = 0; i < part.size(); ++i) {
      first.insert(part.x(0, i));
      CHECK(part.labels[std::size_t(i)] == Index(part.x(0, i)) / 6 % 3);
    }
  });
  CHECK(data.learn.size() == 6);
  CHECK(first.size() == 10);
  shrink_images(data, 2);
  CHECK(data.inputs() == 1);

  labels[3] = 0.5;
  write_npz(file, {{"images", images}, {"labels", to_npy(labels)}});
  CHECK_THROWS_AS(read_arrays(file), FormatError);
  fs::remove(file);
}

TEST_CASE("compare_rules: the second view of a pair is the image moved by one pixel") {
  Data data{.name = "one image", .channels = 1, .width = 5, .height = 5};
  data.learn.x = Matrix<float>::Zero(25, 1);
  data.learn.x(12) = 1;  // the middle
  std::set<Index> places;
  for (std::uint64_t step = 0; step < 100; ++step) {
    Matrix<float> x;
    draw_batch(data, range(0, 1), Sees::pairs, Random{.seed = 1}.at(step), x);
    CHECK(x.col(0) == data.learn.x);
    Index place = 0;
    CHECK(x.col(1).maxCoeff(&place) == 1);
    CHECK(x.col(1).sum() == 1);
    places.insert(place);
  }
  CHECK(places == std::set<Index>{6, 7, 8, 11, 13, 16, 17, 18});
}

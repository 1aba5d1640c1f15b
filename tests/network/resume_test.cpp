#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "hebb/core/digest.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/data/batches.hpp"
#include "hebb/io/checkpoint.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/network/backpropagation.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "tests/files.hpp"

using namespace hebb;

namespace {

using Rule = Lpl<float, Symmetric, Adam, PreviousBatchStatistics>;

/// A stack with everything that can be forgotten: moments, a schedule's step, statistics, the order
/// of an epoch, random numbers.
struct Run {
  Stack<Conv2d<Rule>, Dense<Rule, Relu>> stack = make();
  Batches batches{{.samples = 50, .batch = 8, .random = {.seed = 4}}};
  Random random{.seed = 5};

  static Stack<Conv2d<Rule>, Dense<Rule, Relu>> make() {
    const Rule rule{.parameters = {.eta = 0.01f},
                    .optimizer = {.schedule = {.warmup = 3, .total = 40}}};
    Conv2d<Rule> first(rule, {.input = {3, 8, 8}, .channels = 17, .pool = 2});
    Dense<Rule, Relu> second(rule, {.pre = first.output_shape().size(), .post = 6});
    first.initialize({.seed = 1});
    second.initialize({.seed = 2});
    return Stack(std::move(first), std::move(second));
  }

  void train(int steps) {
    for (int step = 0; step < steps; ++step) {
      const auto chosen = batches.next();
      Matrix<float> views = random.uniform<float>(3 * 64, 2 * Index(chosen.size()));
      for (Index i = 0; i < views.cols(); ++i) views(0, i) = float(chosen[std::size_t(i % 8)]);
      stack.train(views);
    }
  }

  void each(auto&& visit) {
    stack.each(visit);
    batches.each(
        [&](std::string_view name, auto& value) { visit("batches." + std::string(name), value); });
    random.each(
        [&](std::string_view name, auto& value) { visit("random." + std::string(name), value); });
  }
};

}  // namespace

TEST_CASE(
    "resume: a stack that continues from its checkpoint equals the uninterrupted one, bit for "
    "bit") {
  const TemporaryDirectory directory;
  const auto file = directory.path / "run.npz";
  Run uninterrupted;
  uninterrupted.train(20);
  std::vector<int> stops{11};  // in the middle of the second epoch, after the warm-up
  if (const char* const count = std::getenv("HEBB_RESUME_STOPS")) {
    Random random{.seed = 12};
    stops.clear();
    for (long i = std::atol(count); i > 0; --i) stops.push_back(int(random.below(20)));
    std::printf("resume: %zu stops\n", stops.size());
  }
  for (const int stop : stops) {
    Run first, second;
    first.train(stop);
    save_checkpoint(file, first);
    load_checkpoint(file, second);
    second.train(20 - stop);
    CHECK(digest(second) == digest(uninterrupted));
    CHECK(digest(first) != digest(uninterrupted));
  }
}

TEST_CASE("resume: a checkpoint does not fit a stack of another shape, and leaves it as it was") {
  const TemporaryDirectory directory;
  const auto file = directory.path / "run.npz";
  Run run;
  run.train(1);
  save_checkpoint(file, run);
  Stack other(Dense<Rule, Relu>({}, {.pre = 3, .post = 2}),
              Dense<Rule, Relu>({}, {.pre = 2, .post = 2}));
  const auto before = digest(other);
  CHECK_THROWS(load_checkpoint(file, other));
  CHECK(digest(other) == before);
}

TEST_CASE("resume: a file names its network and its policies") {
  using Oja = hebb::Oja<double>;
  const auto refusal = [](auto saved, auto loaded) {
    saved.initialize({.seed = 1});
    try {
      parse_checkpoint(format_checkpoint(saved), "run.npz", loaded);
    } catch (const ShapeError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::vector<Index> sizes{2, 3, 2};
  const FeedbackAlignment<Oja> alignment({Oja{}, sizes});
  const DirectFeedbackAlignment<Oja> direct({Oja{}, sizes});
  const FeedbackAlignment<Oja, Relu> rectified({Oja{}, sizes});
  CHECK(refusal(alignment, alignment) == "");
  CHECK(refusal(alignment, direct) ==
        "run.npz holds network = SentBackError<Tanh, SquaredError, RandomWeights>, the "
        "object has SentBackError<Tanh, "
        "SquaredError, DirectRandomWeights>");
  CHECK(refusal(alignment, rectified)
            .ends_with("the object has SentBackError<Relu, SquaredError, RandomWeights>"));
  using Layer = Dense<Oja, Tanh>;
  CHECK(refusal(Layer({}, {.pre = 3, .post = 2}), Dense<Oja, Relu>({}, {.pre = 3, .post = 2})) ==
        "run.npz holds layer = Dense<Tanh>, the object has Dense<Relu>");
}

// What every network with feedback promises about calls, shapes, numbers and checkpoints.
#include "tests/network/networks.hpp"

#include <doctest/doctest.h>

#include "hebb/core/digest.hpp"
#include "hebb/io/checkpoint.hpp"
#include "tests/forged_steps.hpp"

using namespace networks;

namespace {

/// Calls visit(weights, name) for all arrays of weights: forward, feedback, lateral.
void each_weights(auto& net, const auto& visit) {
  net.each([&](std::string_view name, auto& value) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, Matrix<float>>)
      if (name.ends_with("weights") || name.starts_with("top_down") || name == "feedback0" ||
          name == "feedback1")
        visit(value, name);
  });
}

bool all_weights_finite(auto& net) {
  bool finite = true;
  each_weights(net, [&](const Matrix<float>& weights, std::string_view) {
    finite = finite && weights.allFinite();
  });
  return finite;
}

/// Trains until an error; returns its sentence if it is Divergence, nothing where all steps ended
/// with finite weights.
std::string divergence(auto& net, const Matrix<float>& x, const Matrix<float>& y, int steps) {
  try {
    for (int step = 0; step < steps; ++step) {
      train(net, x, y);
      REQUIRE(all_weights_finite(net));
    }
  } catch (const Divergence& error) {
    return error.what();
  }
  return "";
}

template <typename Network>
void check_names_layer_and_step(const std::string& text) {
  CHECK_MESSAGE(text.find("layer ") != text.npos, text);
  CHECK_MESSAGE(text.find("training step ") != text.npos, text);
  if (text.find(" diverged") == text.npos) return;  // it was an inference
  const bool is_changes = std::same_as<typename decltype(Network::layers)::Rule, Changes>;
  CHECK_MESSAGE(text.find(is_changes ? "(rule DifferentialHebbian" : "(rule Hebbian") != text.npos,
                text);
  CHECK_MESSAGE(text.find("Weights have moved in this step") != text.npos, text);
}

}  // namespace

TEST_CASE(
    "networks: initial weights are uniform up to Glorot's bound, forward and feedback; the scale "
    "applies to weights that learn") {
  const auto check_uniform = [](const Matrix<float>& weights, double scale, Index pre, Index post) {
    const double bound = scale * std::sqrt(6.0 / double(pre + post)), n = double(weights.size());
    CHECK(double(weights.cwiseAbs().maxCoeff()) <= bound * (1 + 1e-6));
    CHECK(double(weights.cwiseAbs().maxCoeff()) > 0.98 * bound);
    CHECK(std::abs(double(weights.mean())) < 4 * bound / std::sqrt(3 * n));
    CHECK(double(weights.squaredNorm()) / n ==
          doctest::Approx(bound * bound / 3).epsilon(4 * std::sqrt(0.8 / n)));
  };
  const std::vector<Index> sizes{40, 50, 30, 20};
  const auto check_forward = [&](const auto& net, double scale) {
    for (std::size_t k = 0; k < 3; ++k) {
      check_uniform(net.layers.weights(k), scale, sizes[k], sizes[k + 1]);
      CHECK(net.layers.biased(k).rightCols(1).norm() == 0);
    }
  };
  const Random random{.seed = 5};
  FeedbackAlignment<Errors> by_layer({Errors{}, sizes});
  DirectFeedbackAlignment<Errors> direct({Errors{}, sizes});
  RandomControl control({Errors{}, sizes});
  UntiedEquilibriumPropagation<Changes> untied({Changes{}, sizes});
  DendriticError<Errors> dendritic({Errors{}, sizes});
  const auto check_all = [&](auto& net, const auto& feedback) {
    net.initialize(random, 0.25f);
    check_forward(net, 0.25);
    for (std::size_t k = 0; k < 2; ++k) feedback(k);
  };
  check_all(by_layer, [&](std::size_t k) {
    check_uniform(by_layer.feedback_path.weights[k], 1, sizes[k + 1], sizes[k + 2]);
  });
  check_all(direct, [&](std::size_t k) {
    check_uniform(direct.feedback_path.weights[k], 1, sizes[k + 1], sizes[3]);
  });
  check_all(control, [&](std::size_t k) {
    check_uniform(control.feedback_path.weights[k], 1, sizes[k + 1], sizes[3]);
  });
  check_all(untied, [&](std::size_t k) {
    check_uniform(untied.feedback_path.synapses[k].state.weights, 0.25, sizes[k + 1], sizes[k + 2]);
  });
  check_all(dendritic, [&](std::size_t k) {
    check_uniform(dendritic.top_down[k], 0.25, sizes[k + 1], sizes[k + 2]);
  });
}

TEST_CASE_TEMPLATE(
    "networks: a rejected batch leaves the previous inference unchanged, bit for bit", Network,
    HEBB_NETWORKS) {
  const Batch batch;
  auto net = network<Network>(), other = network<Network>();
  infer(net, batch.x, batch.y);
  infer(other, batch.x, batch.y);
  Matrix<float> wide = Matrix<float>::Ones(4, 40), bad = batch.x, far = batch.y;
  bad(1, 2) = std::numeric_limits<float>::quiet_NaN();
  far(0, 5) = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(infer(other, wide, batch.y), ShapeError);
  CHECK_THROWS_AS(infer(other, batch.x.topRows(3), batch.y), ShapeError);
  CHECK_THROWS_AS(infer(other, batch.x.leftCols(0), batch.y.leftCols(0)), ShapeError);
  CHECK_THROWS_AS(infer(other, bad, batch.y), NonFinite);
  CHECK_THROWS_AS(infer(other, batch.x, far), NonFinite);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(other.change(k) == net.change(k));
    CHECK(other.feedback(k) == net.feedback(k));
  }
  net.learn();
  other.learn();
  CHECK(digest(other) == digest(net));
}

TEST_CASE_TEMPLATE("networks: an impossible step, as in a forged checkpoint, is refused", Network,
                   HEBB_NETWORKS) {
  const Batch batch;
  for (const std::int64_t step : forged_steps) {
    auto net = network<Network>();
    net.each([&](std::string_view name, auto& value) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::int64_t>)
        if (name == "step") value = step;
    });
    infer(net, batch.x, batch.y);
    const std::uint64_t before = digest(net);
    CHECK_THROWS_AS(net.learn(), InvalidParameter);
    CHECK(digest(net) == before);
  }
}

TEST_CASE_TEMPLATE("networks: weights of another shape are refused by every call, and named",
                   Network, HEBB_NETWORKS) {
  const Batch batch;
  auto net = network<Network>();
  infer(net, batch.x, batch.y);
  int arrays = 0;
  each_weights(net, [&](Matrix<float>& weights, std::string_view) {
    ++arrays;
    for (const bool larger : {true, false}) {
      const Matrix<float> kept = weights;
      weights = Matrix<float>::Ones(kept.rows() + (larger ? 1 : -1), kept.cols());
      CHECK_THROWS_WITH_AS(infer(net, batch.x, batch.y), doctest::Contains("of layer "),
                           ShapeError);
      CHECK_THROWS_AS(net.learn(), ShapeError);
      CHECK_THROWS_AS(net.change(0), ShapeError);
      weights = kept;
    }
  });
  CHECK(arrays >= 3);
  net.layers[1].state.weights.resize(3, 5);
  CHECK_THROWS_WITH_AS(net.predict(batch.x), "the weights of layer 1 must be 3 x 6, got 3 x 5",
                       ShapeError);
}

TEST_CASE_TEMPLATE(
    "networks: at 10 to 10,000 times the learning rate weights stay finite, or Divergence names "
    "layer and training step",
    Network, HEBB_NETWORKS) {
  const Batch batch;
  int diverged = 0;
  for (const float eta : {1.0f, 10.0f, 100.0f, 1000.0f}) {
    auto net = network<Network>(eta);
    const std::string text = divergence(net, batch.x, batch.y, 30);
    if (text.empty()) continue;
    ++diverged;
    check_names_layer_and_step<Network>(text);
    CHECK_THROWS_AS(net.learn(), InvalidCall);  // there is no inference that ended
  }
  // Rates of equilibrium propagation, and errors of a softmax with sigmoid units, are bounded:
  // weights grow with the steps alone.
  constexpr bool bounded = requires(Network net) { net.start; }
  || std::same_as<Network, RandomControl>;
  CHECK((diverged > 0) != bounded);
}

TEST_CASE_TEMPLATE(
    "networks: huge inputs and targets lead to finite weights, or to Divergence that names layer "
    "and training step",
    Network, HEBB_NETWORKS) {
  for (const float size : {1e20f, 3e38f})
    for (const bool in_x : {true, false}) {
      Batch batch;
      (in_x ? batch.x : batch.y) *= size;
      auto net = network<Network>();
      const std::string text = divergence(net, batch.x, batch.y, 3);
      if (!text.empty()) check_names_layer_and_step<Network>(text);
    }
}

TEST_CASE_TEMPLATE(
    "networks: an untrained network names the layer to set; a checkpoint of other sizes is refused",
    Network, HEBB_NETWORKS) {
  const Batch batch;
  auto net = fresh<Network>();
  CHECK_THROWS_WITH_AS(train(net, batch.x, batch.y), doctest::Contains("of layer 0 are 0: call"),
                       InvalidCall);
  auto trained = network<Network>();
  auto other = Network({typename decltype(Network::layers)::Rule{}, {4, 6, 3, 2}});
  CHECK_THROWS_AS(parse_checkpoint(format_checkpoint(trained), "a checkpoint", other), ShapeError);
}

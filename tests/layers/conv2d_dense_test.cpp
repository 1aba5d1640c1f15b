// The law of layers, for every factored rule: a convolution with one place is a dense layer, and
// one with many places is a dense layer whose samples are the patches.
#include <doctest/doctest.h>

#include "hebb/layers/conv2d.hpp"
#include "hebb/layers/dense.hpp"
#include "tests/rules/catalogue.hpp"

using namespace hebb;

namespace {

constexpr Index neurons = 9;  // as many as synapses, so that lateral rules fit

template <typename Scalar>
Matrix<Scalar> random_input(Index rows, std::uint32_t stream, Index samples) {
  return Random{.seed = 1}.stream("samples", std::uint64_t(stream)).normal<Scalar>(rows, samples);
}

/// Both layers learn the same input: three steps of a sequence, then one of another sequence with
/// fewer samples.
template <typename Rule>
[[gnu::noinline]] bool learn_alike(Conv2d<Rule, Linear>& convolution, Dense<Rule, Linear>& dense) {
  using Scalar = typename Rule::Scalar;
  const Matrix<Scalar> weights = Random{.seed = 2}.uniform<Scalar>(neurons, neurons, -1, 1);
  convolution.state.weights = dense.state.weights = weights;
  for (std::uint32_t t = 0; t < 4; ++t) {
    const Matrix<Scalar> x = random_input<Scalar>(dense.shape().pre, t, t < 3 ? 4 : 2);
    if (t == 3) {
      convolution.rule.forget(convolution.state);
      dense.rule.forget(dense.state);
    }
    convolution.forward(x);
    dense.forward(x);
    convolution.learn();
    dense.learn();
    if (!laws::close(convolution.state.weights, dense.state.weights)) return false;
  }
  return dense.state.weights != weights;
}

template <typename Rule>
void try_one_place(const char* header) {
  if constexpr (FactoredRule<Rule>) {
    CAPTURE(header);
    CAPTURE(doctest::toString<Rule>());
    Conv2d<Rule, Linear> point(
        {}, {.input = {neurons - 1, 1, 1}, .channels = neurons, .kernel = 1, .padding = 0});
    Dense<Rule, Linear> as_point({}, {.pre = neurons - 1, .post = neurons});
    CHECK(learn_alike(point, as_point));
    Conv2d<Rule, Linear> whole(
        {}, {.input = {1, 3, 3}, .channels = neurons, .padding = 0, .bias = Bias::none});
    Dense<Rule, Linear> as_whole({}, {.pre = neurons, .post = neurons}, Bias::none);
    CHECK(learn_alike(whole, as_whole));
  }
}

template <typename... Rules>
void try_one_place(const Header<Rules...>& header) {
  (try_one_place<Rules>(header.name), ...);
}

void try_one_place_on_all(const auto& part) {
  std::apply([](const auto&... headers) { (try_one_place(headers), ...); }, part);
}

}  // namespace

TEST_CASE(
    "conv2d: on one place, and with a kernel as large as the image, it learns what a dense layer "
    "learns, under every factored rule") {
  try_one_place_on_all(Catalogue<double>::all);
}

TEST_CASE_TEMPLATE(
    "conv2d: with ReLU and a kernel of 3 x 3 a rule also gets its own presynaptic factor", Rule,
    Covariance<float>, DifferentialHebbian<float>) {
  Conv2d<Rule> convolution({.parameters = {.eta = 0.1f}},
                           {.input = {16, 1, 1}, .channels = 16, .bias = Bias::none});
  Dense<Rule, Relu> dense({.parameters = {.eta = 0.1f}}, {.pre = 16, .post = 16}, Bias::none);
  dense.state.weights =
      Random{.seed = 3}.uniform<float>(16, 16);  // all rates are positive, so that all gains are 1
  convolution.state.weights.setZero();
  convolution.state.weights.middleCols(4 * 16, 16) =
      dense.state.weights;  // the centre of the kernel: the border is zero
  for (std::uint32_t t = 0; t < 3; ++t) {
    const Matrix<float> x = random_input<float>(16, t, 5).cwiseAbs();
    convolution.forward(x);
    dense.forward(x);
    convolution.learn();
    dense.learn();
  }
  CHECK(laws::close<float>(convolution.state.weights.middleCols(4 * 16, 16), dense.state.weights));
  CHECK(convolution.state.weights.leftCols(4 * 16).isZero());
}

TEST_CASE_TEMPLATE("conv2d: learned per place it is a dense layer whose samples are the patches",
                   Rule, Covariance<double>, DifferentialHebbian<double, BothChange>) {
  const convolution::Geometry g{.input = {2, 5, 4}, .channels = 3, .stride = 2};
  Conv2d<Rule, Linear, PerPlace> convolution({}, g);
  Dense<Rule, Linear> dense({}, {.pre = 18, .post = 3});
  convolution.initialize({.seed = 4});
  dense.state.weights = convolution.state.weights;
  const Index samples = 2, width = g.drive().width, places = g.drive().places();
  for (std::uint32_t t = 0; t < 3; ++t) {
    const Matrix<double> x = random_input<double>(g.input.size(), t, samples);
    Matrix<double> patches = Matrix<double>::Zero(18, places * samples);
    for (Index column = 0; column < patches.cols(); ++column)
      for (Index row = 0; row < 18; ++row) {
        const Index place = column % places, tap = row / 2;
        const Index ix = place % width * 2 - 1 + tap % 3, iy = place / width * 2 - 1 + tap / 3;
        if (ix >= 0 && ix < 5 && iy >= 0 && iy < 4)
          patches(row, column) = x(row % 2 + 2 * (ix + 5 * iy), column / places);
      }
    convolution.forward(x);
    dense.forward(patches);
    convolution.learn();
    dense.learn();
    CHECK(laws::close<double>(convolution.state.weights, dense.state.weights));
  }
}

TEST_CASE(
    "conv2d: the presynaptic mean is that of all patches, the eligibility that of the winner, "
    "worked by hand") {
  using Rule = Covariance<double, PresynapticThreshold>;
  Conv2d<Rule> layer(Rule{.parameters = {.eta = 1, .tau = 1}}, {.input = {1, 2, 2},
                                                                .channels = 1,
                                                                .kernel = 1,
                                                                .padding = 0,
                                                                .pool = 2,
                                                                .bias = Bias::none});
  layer.state.weights(0, 0) = 1;
  layer.forward(Matrix<double>{{1}, {2}, {3}, {4}});
  layer.learn();
  CHECK(layer.state.weights(0, 0) == 1 + 4 * (4 - 2.5));
}

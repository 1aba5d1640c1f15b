// The fast kernels of a convolution against the general ones.
#include <doctest/doctest.h>

#include "hebb/layers/conv2d.hpp"

using namespace hebb;
using convolution::Geometry;

namespace {

using Reference = convolution::General<double, Relu>;

struct Run {
  Geometry g;
  Images<float> input = {};
  Matrix<float> weights = {}, post = {};
  Images<float> output = {};
  Images<double> expected = {};
  Matrix<float> change = {}, change_in_parts = {};
  Matrix<double> expected_change = {};
};

/// Forward pass and change by both kernels; `places` is the number of places with their own factor.
Run run_both(const Geometry& g, Index samples, bool per_place) {
  Run run{.g = g.checked()};
  run.input.assign(g.input, Random{.seed = 1}.uniform<float>(g.input.size(), samples, -0.5f, 1.0f));
  const float bound = std::sqrt(6.0f / float(g.bias_column()));
  run.weights = Random{.seed = 2}.uniform<float>(g.channels, g.synapses(), -bound, bound);
  const Index places = per_place ? g.output().places() : 1;
  run.post = Random{.seed = 3}.uniform<float>(g.channels, places * samples, -0.5f, 1.0f);
  const convolution::PostFactor<float> factor{
      run.post, places, 1.0f / float(samples * g.output().places()), 0, samples};
  convolution::Scratch scratch;
  convolution::Fast<> fast;
  Reference plain;
  fast.forward(g, run.input, run.weights, run.output, scratch);
  run.change = fast.change(g, run.input, run.output, factor, scratch);
  const auto change_of = [&](Index first, Index count) -> Matrix<float> {
    return fast.change(g, run.input, run.output, {run.post, places, factor.scale, first, count},
                       scratch);
  };
  run.change_in_parts = change_of(0, 2) + change_of(2, samples - 2);
  Images<double> input;
  input.assign(g.input, run.input.matrix().cast<double>());
  const Matrix<double> post = run.post.cast<double>();
  plain.forward(g, input, run.weights.cast<double>(), run.expected, scratch);
  run.expected_change = plain.change(
      g, input, run.expected,
      {post, places, 1.0 / double(samples * g.output().places()), 0, samples}, scratch);
  return run;
}

double largest(const Matrix<double>& m) { return m.cwiseAbs().maxCoeff(); }
double largest_error(const Matrix<float>& a, const Matrix<double>& b) {
  return largest(a.cast<double>() - b);
}
double rms(const Matrix<double>& m) { return std::sqrt(m.squaredNorm() / double(m.size())); }

void check_output(const Run& run) {
  const Matrix<double> expected = run.expected.matrix();
  CHECK(largest_error(run.output.matrix(), expected) < 3e-5 * rms(expected));
}

/// Sums over winners are exact to the rounding of float; the adjoint of Winograd's scheme loses one
/// digit.
void check_change(const Run& run) {
  const double tolerance = run.g.pool == 2 ? 1e-5 : 3e-5;
  for (const auto* change : {&run.change, &run.change_in_parts})
    CHECK(largest_error(*change, run.expected_change) < tolerance * largest(run.expected_change));
}

}  // namespace

TEST_CASE("convolution: the fast kernels agree with the general ones, on maps of all sizes") {
  for (const bool per_place : {false, true})
    for (const Index pool : {1, 2})
      for (const ImageShape input : {ImageShape{1, 8, 8},
                                     {3, 9, 7},
                                     {4, 16, 2},
                                     {16, 1, 1},
                                     {16, 2, 2},
                                     {16, 3, 3},
                                     {40, 4, 4},
                                     {17, 5, 5},
                                     {32, 8, 8},
                                     {5, 10, 6},
                                     {16, 13, 21}})
        for (const Index channels : {16, 33, 40}) {
          if (input.width < pool) continue;
          const Bias bias = channels == 33 ? Bias::none : Bias::learned;
          const Run run = run_both(
              {.input = input, .channels = channels, .pool = pool, .bias = bias}, 5, per_place);
          CAPTURE(input.channels);
          CAPTURE(input.width);
          CAPTURE(channels);
          CAPTURE(pool);
          check_output(run);
          check_change(run);
        }
}

TEST_CASE("convolution: many samples, in portions and groups, give the results of few") {
  for (const Geometry& g : {Geometry{.input = {512, 4, 4}, .channels = 16, .pool = 2},
                            Geometry{.input = {512, 4, 4}, .channels = 16},
                            Geometry{.input = {3, 12, 12}, .channels = 16, .pool = 2},
                            Geometry{.input = {512, 2, 2}, .channels = 16}}) {
    const Run run = run_both(g, 300, false);
    check_output(run);
    check_change(run);
  }
}

TEST_CASE("convolution: the bits of a sample's rates do not depend on the number of samples") {
  for (const ImageShape input : {ImageShape{3, 8, 8}, {300, 1, 1}, {300, 2, 2}, {80, 8, 8}}) {
    const Geometry g{.input = input, .channels = 16};
    const Matrix<float> many = run_both(g, 130, false).output.matrix(),
                        few = run_both(g, 3, false).output.matrix();
    CAPTURE(input.channels);
    CAPTURE(input.width);
    CHECK((many.leftCols(3).array() == few.array()).all());
  }
}

TEST_CASE("convolution: the planes of forward are reused only while they are valid") {
  const Geometry g{.input = {16, 8, 8}, .channels = 16};
  Run first = run_both(g, 6, false);
  const convolution::PostFactor<float> factor{first.post, 1, 1, 0, 6};
  convolution::Scratch scratch;
  convolution::Fast<> one, other;
  Images<float> output, other_input = first.input;
  one.forward(g, first.input, first.weights, output, scratch);
  const Matrix<float> at_once = one.change(g, first.input, output, factor, scratch);
  one.forward(g, first.input, first.weights, output, scratch);
  std::fill_n(other_input.data(0), 6 * other_input.image_size(), 7.0f);
  Images<float> ignored;
  other.forward(g, other_input, first.weights, ignored, scratch);
  const Matrix<float> later = one.change(g, first.input, output, factor, scratch);
  CHECK(at_once == later);
}

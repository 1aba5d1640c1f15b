#include "hebb/core/response.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <type_traits>

#include "hebb/spiking/rules/super_spike.hpp"

using namespace hebb;

namespace {

/// Overwrites the stack below the caller, where temporaries of earlier statements lay.
[[gnu::noinline]] double overwrite_stack() {
  volatile double numbers[512];
  for (volatile double& number : numbers) number = -1;
  return numbers[7];
}

}  // namespace

TEST_CASE("response: one that is made of plain matrices still refers to them after its statement") {
  const Matrix<double> rate{{1, 2}, {3, 4}}, gain{{5, 6}, {7, 8}}, potential{{-70}, {-60}};
  const Response<double> post(rate, gain);
  const SpikesAndPotential clamp{.spikes = {}, .potential_mv = potential};
  const SpikesAndTarget taught{.spikes = {}, .target = {}, .potential_mv = potential};
  overwrite_stack();
  CHECK(post.rate.data() == rate.data());
  CHECK(post.gain.data() == gain.data());
  CHECK(clamp.potential_mv.data() == potential.data());
  CHECK(taught.potential_mv.data() == potential.data());
  const View<double>& as_rates = post;
  CHECK(as_rates.data() == rate.data());
}

TEST_CASE("response: one that is made of expressions holds their values") {
  const Matrix<double> drive{{1, -2}, {3, 4}};
  const Response<double> post(drive.cwiseMax(0), Matrix<double>::Ones(2, 2));
  overwrite_stack();
  CHECK(post.rate == drive.cwiseMax(0));
  CHECK(post.gain == Matrix<double>::Ones(2, 2));
}

TEST_CASE(
    "response: no member is a reference, and a copy, which would outlive it, does not compile") {
  CHECK_FALSE(std::is_reference_v<decltype(Response<float>::rate)>);
  CHECK_FALSE(std::is_reference_v<decltype(Response<float>::gain)>);
  CHECK_FALSE(std::is_reference_v<decltype(SpikesAndPotential::potential_mv)>);
  CHECK_FALSE(std::is_reference_v<decltype(SpikesAndTarget::potential_mv)>);
  CHECK_FALSE(std::is_copy_constructible_v<Response<float>>);
}

TEST_CASE("response: a gain of another shape and a gain that is not finite are refused") {
  const Matrix<double> rate = Matrix<double>::Ones(2, 3);
  Matrix<double> gain = rate;
  CHECK_THROWS_WITH_AS(Response<double>(rate, gain.leftCols(2)), "gain must be 2 x 3, got 2 x 2",
                       ShapeError);
  gain(1, 2) = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH_AS(Response<double>(rate, gain), "gain holds inf at row 1, column 2",
                       NonFinite);
}

TEST_CASE("view: a matrix, a block and a map are referred to; an expression is evaluated once") {
  Matrix<float> matrix = Matrix<float>::Identity(3, 3);
  const View<float> whole = matrix, block = matrix.middleCols(1, 2);
  const View<float> map = Eigen::Map<Matrix<float>>(matrix.data(), 9, 1);
  CHECK(whole.data() == matrix.data());
  CHECK(block.data() == matrix.data() + 3);
  CHECK(map.data() == matrix.data());
  const View<float> sum = matrix + matrix;
  matrix.setZero();
  CHECK(sum == 2 * Matrix<float>::Identity(3, 3));
  CHECK_FALSE(std::is_convertible_v<Matrix<double>, View<float>>);
}

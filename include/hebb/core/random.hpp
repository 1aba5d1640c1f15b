/// @file
/// Counter-based random numbers: the n-th number is a function of (seed, stream, step, index) alone, so that neither the
/// number of threads nor the order of the batch nor a resumed run can change a draw.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "hebb/core/types.hpp"

namespace hebb {

/// Philox4x32-10: ten rounds of multiplication and mixing of a 128-bit counter under a 64-bit key.
///
/// J. K. Salmon, M. A. Moraes, R. O. Dror & D. E. Shaw, SC 2011, section 3.3.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * counter[0], b = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {std::uint32_t(b >> 32) ^ counter[1] ^ key[0], std::uint32_t(b),
               std::uint32_t(a >> 32) ^ counter[3] ^ key[1], std::uint32_t(a)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// A cursor in a stream of random numbers. A copy draws the same numbers; `at` opens an independent stream.
///
/// Give each use its own stream, and each sample or step its own `step`: Random{.seed = 1}.at(stream, step).
struct Random {
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
  std::uint64_t step = 0;
  std::uint32_t index = 0;  ///< advances with every draw

  /// The beginning of another stream of the same seed.
  Random at(std::uint32_t other_stream, std::uint64_t other_step = 0) const { return {seed, other_stream, other_step, 0}; }

  /// The next 128 bits.
  std::array<std::uint32_t, 4> bits() { return block(index++); }

  /// One number, uniform in [0, 1).
  template <typename Scalar>
  Scalar uniform() {
    const auto r = bits();
    return unit<Scalar>(r[0], r[1]);
  }

  template <typename Scalar>
  Scalar uniform(Scalar low, Scalar high) {
    return low + (high - low) * uniform<Scalar>();
  }

  /// One number from the standard normal distribution.
  template <typename Scalar>
  Scalar normal() {
    return Scalar(pair_of_normals(bits()).first);
  }

  /// True with the given probability.
  bool bernoulli(double probability) { return uniform<double>() < probability; }

  /// A whole number, uniform in [0, n), n > 0.
  Index below(Index n) {
    require(n > 0, "Random: below needs n > 0, got ", n);
    const auto r = bits();
    // The high half of a 128-bit product is uniform to n / 2^64.
    return Index((static_cast<unsigned __int128>(word(r[0], r[1])) * static_cast<unsigned __int128>(n)) >> 64);
  }

  /// A rows x cols matrix, uniform in [low, high).
  template <typename Scalar>
  Matrix<Scalar> uniform(Index rows, Index cols, Scalar low = 0, Scalar high = 1) {
    Matrix<Scalar> result(rows, cols);
    fill(result, [&](const std::array<std::uint32_t, 4>& r, Index lane) {
      return low + (high - low) * unit<Scalar>(r[std::size_t(2 * lane)], r[std::size_t(2 * lane + 1)]);
    });
    return result;
  }

  /// A rows x cols matrix from the standard normal distribution.
  template <typename Scalar>
  Matrix<Scalar> normal(Index rows, Index cols) {
    Matrix<Scalar> result(rows, cols);
    fill(result, [&](const std::array<std::uint32_t, 4>& r, Index lane) {
      const auto pair = pair_of_normals(r);
      return Scalar(lane == 0 ? pair.first : pair.second);
    });
    return result;
  }

  /// The numbers 0 .. n - 1 in random order.
  std::vector<Index> permutation(Index n) {
    std::vector<Index> order(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = Index(i);
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[std::size_t(below(Index(i)))]);
    return order;
  }

  void each(auto&& visit) {
    visit("seed", seed);
    visit("stream", stream);
    visit("step", step);
    visit("index", index);
  }

 private:
  std::array<std::uint32_t, 4> block(std::uint32_t at_index) const {
    return philox({at_index, stream, std::uint32_t(step), std::uint32_t(step >> 32)}, {std::uint32_t(seed), std::uint32_t(seed >> 32)});
  }

  static std::uint64_t word(std::uint32_t high, std::uint32_t low) { return (std::uint64_t{high} << 32) | low; }

  template <typename Scalar>
  static Scalar unit(std::uint32_t high, std::uint32_t low) {
    constexpr int digits = std::numeric_limits<Scalar>::digits;  // as many bits as the type holds, so that 1 is never reached
    return Scalar(word(high, low) >> (64 - digits)) * Scalar(std::ldexp(1.0, -digits));
  }

  /// Box & Muller's pair.
  static std::pair<double, double> pair_of_normals(const std::array<std::uint32_t, 4>& r) {
    const double radius = std::sqrt(-2 * std::log(1 - unit<double>(r[0], r[1])));
    const double angle = 2 * std::numbers::pi * unit<double>(r[2], r[3]);
    return {radius * std::cos(angle), radius * std::sin(angle)};
  }

  /// Two elements a block, so that an element depends on its place alone.
  template <typename Scalar, typename Draw>
  void fill(Matrix<Scalar>& result, const Draw& draw) {
    Scalar* const data = result.data();
    for (Index i = 0; i < result.size(); i += 2) {
      const auto r = bits();
      data[i] = draw(r, 0);
      if (i + 1 < result.size()) data[i + 1] = draw(r, 1);
    }
  }
};

}  // namespace hebb

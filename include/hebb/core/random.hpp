/// @file
/// Counter-based random numbers: the n-th number is a function of (seed, stream, step, index)
/// alone. The number of threads, the order of the batch and a resumed run cannot change a draw.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string_view>
#include <utility>
#include <vector>

#include "hebb/core/digest.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Philox4x32-10: ten rounds of multiplication and mixing of a 128-bit counter under a 64-bit key.
/// Every one of the four words holds 32 bits. `Word` is std::uint64_t, or a vector of it for
/// several counters.
///
/// J. K. Salmon, M. A. Moraes, R. O. Dror & D. E. Shaw, SC 2011, section 3.3.
template <typename Word>
[[gnu::always_inline]] inline void philox_rounds(Word (&counter)[4], std::uint32_t key0,
                                                 std::uint32_t key1) {
  constexpr std::uint64_t low = 0xffffffffu;
  for (int round = 0; round < 10; ++round) {
    const Word a = counter[0] * std::uint64_t{0xD2511F53u},
               b = counter[2] * std::uint64_t{0xCD9E8D57u};
    counter[0] = (b >> 32) ^ counter[1] ^ std::uint64_t{key0};
    counter[1] = b & low;
    counter[2] = (a >> 32) ^ counter[3] ^ std::uint64_t{key1};
    counter[3] = a & low;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

/// The same for one counter.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key) {
  std::uint64_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
  philox_rounds(c, key[0], key[1]);
  return {std::uint32_t(c[0]), std::uint32_t(c[1]), std::uint32_t(c[2]), std::uint32_t(c[3])};
}

/// A position in a stream of random numbers. A copy draws the same numbers.
///
/// Streams are named by their purpose, for example `random.stream("weights", layer)`, and open
/// further streams of their own. Everything in the library that takes a Random draws from a stream
/// that it names itself. One Random can therefore serve a whole program; two objects of the same
/// kind need streams of different names or numbers.
struct Random {
  std::uint64_t seed = 0;  ///< the same seed gives the same numbers
  std::uint64_t stream_id =
      0;  ///< a hash of the names of the stream and of those it was opened from; 0: the root
  std::uint64_t step = 0;   ///< steps of one stream draw different numbers
  std::uint64_t index = 0;  ///< advances by one per block of 128 bits

  /// The beginning of the stream of that name and number below this stream.
  Random stream(std::string_view purpose, std::uint64_t number = 0) const {
    const std::uint64_t name = fnv1a(purpose.data(), purpose.size(), mixed(stream_id));
    return {seed, mixed(mixed(name) + number), 0, 0};
  }

  /// The beginning of another step of this stream.
  Random at(std::uint64_t other_step) const { return {seed, stream_id, other_step, 0}; }

  /// The next 128 bits.
  std::array<std::uint32_t, 4> bits() { return block(index++); }

  /// One number, uniform in [0, 1).
  template <typename Scalar>
  Scalar uniform() {
    const auto r = bits();
    return unit<Scalar>(r[0], r[1]);
  }

  /// One number, uniform in [low, high).
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
    __extension__ using Wide128 = unsigned __int128;  // not in ISO C++
    return Index((Wide128(word(r[0], r[1])) * Wide128(n)) >> 64);
  }

  /// A rows x cols matrix, uniform in [low, high).
  template <typename Scalar>
  Matrix<Scalar> uniform(Index rows, Index cols, Scalar low = 0, Scalar high = 1) {
    Matrix<Scalar> result = sized<Scalar>(rows, cols);
    fill(result, [&](const std::array<std::uint32_t, 4>& r, Index lane) {
      return low +
             (high - low) * unit<Scalar>(r[std::size_t(2 * lane)], r[std::size_t(2 * lane + 1)]);
    });
    return result;
  }

  /// A rows x cols matrix from the standard normal distribution.
  template <typename Scalar>
  Matrix<Scalar> normal(Index rows, Index cols) {
    Matrix<Scalar> result = sized<Scalar>(rows, cols);
    fill(result, [&](const std::array<std::uint32_t, 4>& r, Index lane) {
      const auto pair = pair_of_normals(r);
      return Scalar(lane == 0 ? pair.first : pair.second);
    });
    return result;
  }

  /// The numbers 0 .. n - 1 in random order.
  std::vector<Index> permutation(Index n) {
    require(n >= 0, "Random: permutation needs n >= 0, got ", n);
    std::vector<Index> order(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = Index(i);
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[std::size_t(below(Index(i)))]);
    return order;
  }

  void each(auto&& visit) {
    visit("seed", seed);
    visit("stream", stream_id);
    visit("step", step);
    visit("index", index);
  }

 private:
  std::array<std::uint32_t, 4> block(std::uint64_t at_index) const {
    const auto low = [](std::uint64_t x) { return std::uint32_t(x); };
    const auto high = [](std::uint64_t x) { return std::uint32_t(x >> 32); };
    const std::uint64_t key = seed ^ stream_id;
    return philox({low(at_index), high(at_index), low(step), high(step)}, {low(key), high(key)});
  }

  /// A bijection of 64-bit numbers whose every output bit depends on every input bit.
  /// G. L. Steele, D. Lea & C. H. Flood, OOPSLA 2014, figure 16 (SplitMix64).
  static std::uint64_t mixed(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }

  template <typename Scalar>
  static Matrix<Scalar> sized(Index rows, Index cols) {
    require(rows >= 0 && cols >= 0, "Random: a matrix cannot have ", rows, " x ", cols,
            " elements");
    return Matrix<Scalar>(rows, cols);
  }

  static std::uint64_t word(std::uint32_t high, std::uint32_t low) {
    return (std::uint64_t{high} << 32) | low;
  }

  template <typename Scalar>
  static Scalar unit(std::uint32_t high, std::uint32_t low) {
    constexpr int digits = std::numeric_limits<Scalar>::digits;  // as many bits as the type holds,
                                                                 // so that 1 is never reached
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

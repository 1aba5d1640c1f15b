/// @file
/// Bilinear forms of a 3 x 3 convolution with padding 1, out = A^T [(G w) . (B^T in)] for each
/// tile, and their adjoints.
#pragma once

#include <array>
#include <numbers>

#include "hebb/layers/convolution/gemm.hpp"

namespace hebb::convolution {

/// A product of a plane of the input and a plane of the weights, by their numbers. A plane of the
/// output is a sum of such products.
struct Product {
  int input, weight;  ///< numbers of the planes
};

/// Winograd's F(4 x 4, 3 x 3): 36 multiplications for 16 outputs instead of 144.
///
/// The polynomials are evaluated at 0, +- sqrt(1/2), +- sqrt(2) and infinity. Rounding errors of
/// drives are then 1e-6 of their rms on average and at most 1.2e-5 (normal numbers, 96 or 384
/// channels), less than twice those of a direct product in float. With the points 0, +- 1, +- 2 and
/// infinity the largest are five times as large.
///
/// A. Lavin & S. Gray, CVPR 2016, section 4.3; B. Barabasz, A. Anderson, K. M. Soodhalter & D.
/// Gregg, ACM Trans. Math. Softw. 46:37 (2020) on the choice of points.
struct Winograd {
  static constexpr int tile = 4;  ///< outputs per side of a tile
  /// Planes of a tile.
  static constexpr int input_planes = 36, weight_planes = 36, output_planes = 36;
  static constexpr int reach = 1;  ///< width of the border of input places around a tile

  /// Input places of a tile, with the border.
  using InputTile = Vec[tile + 2 * reach][tile + 2 * reach];
  using Tile = Vec[tile][tile];  ///< outputs of a tile
  using Kernel = Vec[3][3];      ///< weights of a pair of channels

  /// Products whose sum is a plane of the output.
  static constexpr std::array<Product, 1> products(int plane) { return {{{plane, plane}}}; }

  /// Calls put(plane, value) with the transformed input of a tile.
  [[gnu::always_inline]] static void input(const InputTile& in, const auto& put) {
    transform<6, 6>(
        in, put, [](const auto& d, auto& v) __attribute__((always_inline)) {
          const Vec a = d(4) - 2 * d(2), b = small * (d(3) - 2 * d(1)), c = d(4) - 0.5f * d(2),
                    e = large * (d(3) - 0.5f * d(1));
          v[0] = d(0) - 2.5f * d(2) + d(4);
          v[1] = a + b;
          v[2] = a - b;
          v[3] = c + e;
          v[4] = c - e;
          v[5] = d(1) - 2.5f * d(3) + d(5);
        });
  }

  /// Calls put(plane, value) with the transformed weights.
  [[gnu::always_inline]] static void weight(const Kernel& w, const auto& put) {
    transform<3, 6>(
        w, put, [](const auto& g, auto& u) __attribute__((always_inline)) {
          const Vec a = (g(0) + 0.5f * g(2)) * (-2.0f / 3), b = g(1) * (-2 * small / 3);
          const Vec c = g(0) * (1.0f / 6) + g(2) * (1.0f / 3), e = g(1) * (large / 6);
          u[0] = g(0);
          u[1] = a + b;
          u[2] = a - b;
          u[3] = c + e;
          u[4] = c - e;
          u[5] = g(2);
        });
  }

  /// The outputs of a tile, from get(plane).
  [[gnu::always_inline]] static void output(const auto& get, Tile& out) {
    Vec in[6][6];
    unroll<36>([&](auto i) __attribute__((always_inline)) { in[i / 6][i % 6] = get(int(i)); });
    transform<6, 4>(
        in, [&](int i, Vec v) __attribute__((always_inline)) { out[i / 4][i % 4] = v; },
        [](const auto& m, auto& y) __attribute__((always_inline)) {
          const Vec s = m(1) + m(2), t = m(1) - m(2), u = m(3) + m(4), w = m(3) - m(4);
          y[0] = m(0) + s + u;
          y[1] = small * t + large * w;
          y[2] = 0.5f * s + 2 * u;
          y[3] = 0.5f * small * t + 2 * large * w + m(5);
        });
  }

  /// The transpose of `output`.
  [[gnu::always_inline]] static void error(const Tile& e, const auto& put) {
    transform<4, 6>(
        e, put, [](const auto& y, auto& m) __attribute__((always_inline)) {
          const Vec a = y(0) + 0.5f * y(2), b = small * (y(1) + 0.5f * y(3)), c = y(0) + 2 * y(2),
                    d = large * (y(1) + 2 * y(3));
          m[0] = y(0);
          m[1] = a + b;
          m[2] = a - b;
          m[3] = c + d;
          m[4] = c - d;
          m[5] = y(3);
        });
  }

  /// The transpose of `weight`.
  [[gnu::always_inline]] static void change(const auto& get, Kernel& change) {
    Vec in[6][6];
    unroll<36>([&](auto i) __attribute__((always_inline)) { in[i / 6][i % 6] = get(int(i)); });
    transform<6, 3>(
        in, [&](int i, Vec v) __attribute__((always_inline)) { change[i / 3][i % 3] = v; },
        [](const auto& u, auto& g) __attribute__((always_inline)) {
          const Vec s = (u(1) + u(2)) * (2.0f / 3), t = u(3) + u(4);
          g[0] = u(0) - s + t * (1.0f / 6);
          g[1] = (u(2) - u(1)) * (2 * small / 3) + (u(3) - u(4)) * (large / 6);
          g[2] = t * (1.0f / 3) - 0.5f * s + u(5);
        });
  }

 private:
  static constexpr float small = std::numbers::sqrt2_v<float> / 2,
                         large = std::numbers::sqrt2_v<float>;  // the points

  /// Applies a linear map from `from` to `to` numbers along both dimensions of a square. Calls
  /// `put` with the results in the order of rows.
  template <int from, int to>
  [[gnu::always_inline]] static void transform(
      const Vec (&in)[std::size_t(from)][std::size_t(from)], const auto& put, const auto& map) {
    Vec half[std::size_t(to)][std::size_t(from)];
    unroll<from>([&](auto col) __attribute__((always_inline)) {
      Vec v[std::size_t(to)];
      map(
          [&](int i) __attribute__((always_inline)) { return in[i][col]; }, v);
      unroll<to>([&](auto i) __attribute__((always_inline)) { half[i][col] = v[i]; });
    });
    unroll<to>([&](auto row) __attribute__((always_inline)) {
      Vec v[std::size_t(to)];
      map(
          [&](int i) __attribute__((always_inline)) { return half[row][i]; }, v);
      unroll<to>([&](auto i) __attribute__((always_inline)) { put(int(row * to + i), v[i]); });
    });
  }
};

/// Maps of 1 x 1 or 2 x 2. Nothing is transformed: every place is a plane, and only the taps that
/// lie inside the map are multiplied.
template <int side>
struct SmallMap {
  static constexpr int tile = side;  ///< outputs per side of a tile
  /// Planes of a tile.
  static constexpr int input_planes = side * side, weight_planes = 9, output_planes = side * side;
  static constexpr int reach = 0;  ///< there is no border: a tile is the whole map

  using InputTile = Vec[std::size_t(side)][std::size_t(side)];  ///< input places of a tile
  using Tile = Vec[std::size_t(side)][std::size_t(side)];       ///< outputs of a tile
  using Kernel = Vec[3][3];                                     ///< weights of a pair of channels

  /// Products whose sum is a plane of the output.
  static constexpr std::array<Product, std::size_t(side* side)> products(int plane) {
    std::array<Product, std::size_t(side * side)> result{};
    for (int q = 0; q < side * side; ++q)
      result[std::size_t(q)] = {q, (q / side - plane / side + 1) * 3 + q % side - plane % side + 1};
    return result;
  }

  /// Calls put(plane, value) with the input places.
  [[gnu::always_inline]] static void input(const InputTile& in, const auto& put) {
    copy<side>(in, put);
  }
  /// Calls put(plane, value).
  [[gnu::always_inline]] static void weight(const Kernel& w, const auto& put) { copy<3>(w, put); }
  /// Calls put(plane, value).
  [[gnu::always_inline]] static void error(const Tile& e, const auto& put) { copy<side>(e, put); }
  /// From get(plane).
  [[gnu::always_inline]] static void output(const auto& get, Tile& out) { fill<side>(get, out); }
  /// The change of a kernel, from get(plane).
  [[gnu::always_inline]] static void change(const auto& get, Kernel& change) {
    fill<3>(get, change);
  }

 private:
  template <int n>
  [[gnu::always_inline]] static void copy(const Vec (&in)[std::size_t(n)][std::size_t(n)],
                                          const auto& put) {
    for (int i = 0; i < n * n; ++i) put(i, in[i / n][i % n]);
  }

  template <int n>
  [[gnu::always_inline]] static void fill(const auto& get,
                                          Vec (&out)[std::size_t(n)][std::size_t(n)]) {
    for (int i = 0; i < n * n; ++i) out[i / n][i % n] = get(i);
  }
};

}  // namespace hebb::convolution

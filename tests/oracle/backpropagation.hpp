/// @file
/// Oracle of fully connected networks, and of errors that are sent back: backpropagation, feedback
/// alignment, and direct feedback alignment.
///
/// Layer k = 0 ... depth - 1 has weights post x (pre + 1), the last column its bias. The last layer
/// is linear.
#pragma once

#include "tests/oracle/layers.hpp"

namespace oracle {

/// Columns of a batch that implementations relax together: at least two blocks of at most 64.
inline Count block_of(Count column, Count batch) {
  const Count width = std::min<Count>(64, std::max<Count>(1, (batch + 1) / 2));
  return column / width;
}

/// The mean over columns of their norms.
inline double mean_norm(const Table& a) {
  return sum(a.cols,
             [&](Count c) {
               return std::sqrt(sum(a.rows, [&](Count i) { return a(i, c) * a(i, c); }));
             }) /
         double(a.cols);
}

inline Table minus(const Table& a, const Table& b) {
  return tabulate(a.rows, a.cols, [&](Count i, Count c) { return a(i, c) - b(i, c); });
}

using Tables = std::vector<Table>;

struct Layers {
  Activation activation = Activation::tanh;
  Tables weights = {};

  std::size_t depth() const { return weights.size(); }
  std::size_t hidden() const { return weights.size() - 1; }

  /// What layer k makes of a drive: the readout is linear.
  Table rate_of(std::size_t k, const Table& drive) const {
    return k + 1 < depth() ? rates(activation, drive) : drive;
  }
  Table gain_of(std::size_t k, const Table& drive) const {
    return k + 1 < depth() ? gains(activation, drive) : Table(drive.rows, drive.cols, 1);
  }
  /// W_k r + b_k.
  Table drive_of(std::size_t k, const Table& r) const { return product(weights[k], with_ones(r)); }
  /// W_k^T e, without the bias.
  Table back(std::size_t k, const Table& e) const {
    const Table& w = weights[k];
    return tabulate(w.cols - 1, e.cols, [&](Count j, Count c) {
      return sum(w.rows, [&](Count i) { return w(i, j) * e(i, c); });
    });
  }
  /// W_k without the bias.
  Table unbiased(std::size_t k) const {
    return tabulate(weights[k].rows, weights[k].cols - 1,
                    [&](Count i, Count j) { return weights[k](i, j); });
  }
  /// The drives of all layers for inputs x.
  Tables sweep(const Table& x) const {
    Tables drives;
    for (std::size_t k = 0; k < depth(); ++k)
      drives.push_back(drive_of(k, k == 0 ? x : rate_of(k - 1, drives[k - 1])));
    return drives;
  }
};

inline Table times(const Table& a, const Table& b) {
  return tabulate(a.rows, a.cols, [&](Count i, Count c) { return a(i, c) * b(i, c); });
}

inline Table softmax(const Table& o) {
  return tabulate(o.rows, o.cols, [&](Count i, Count c) {
    return 1 / sum(o.rows, [&](Count k) { return std::exp(o(k, c) - o(i, c)); });
  });
}

enum class Loss { squared, cross_entropy };

/// -dL/do.
inline Table output_error(Loss kind, const Table& o, const Table& y) {
  return minus(y, kind == Loss::squared ? o : softmax(o));
}

inline double loss(Loss kind, const Table& o, const Table& y) {
  const Table p = softmax(o);
  double total = 0;
  for (Count c = 0; c < o.cols; ++c)
    for (Count i = 0; i < o.rows; ++i)
      total += kind == Loss::squared ? (y(i, c) - o(i, c)) * (y(i, c) - o(i, c)) / 2
                                     : -y(i, c) * std::log(p(i, c));
  return total / double(o.cols);
}

/// delta_L = -dL/do, delta_k = f'(a_k) (feedback of delta).
struct SentBack {
  enum class Path { transposed, random, direct };

  Path path;
  Loss kind;
  Tables feedback = {};  ///< of hidden layer k, where weights of its own carry it
  Tables drives = {}, errors = {};

  void infer(const Layers& layers, const Table& x, const Table& y) {
    drives = layers.sweep(x);
    errors.assign(layers.depth(), {});
    errors.back() = output_error(kind, drives.back(), y);
    for (std::size_t k = layers.hidden(); k-- > 0;) {
      const Table back =
          path == Path::transposed
              ? layers.back(k + 1, errors[k + 1])
              : product(feedback[k], path == Path::random ? errors[k + 1] : errors.back());
      errors[k] = times(layers.gain_of(k, drives[k]), back);
    }
  }
};

}  // namespace oracle

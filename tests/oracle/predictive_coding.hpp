/// @file
/// Oracle of predictive coding: e_k = x_k - W_k f(x_{k-1}) - b_k, and inference that lowers sum
/// |e|^2 / 2.
#pragma once

#include "tests/oracle/backpropagation.hpp"

namespace oracle {

struct PredictiveCoding {
  enum class Inference { states, fixed_predictions, errors };

  Inference inference;
  double beta, shortening;
  Table x = {}, y = {};
  Tables forward = {};                            ///< drives of the forward sweep
  Tables state = {}, errors = {};                 ///< of hidden layers; of all layers
  Tables back = {};                               ///< f' W^T e of hidden layers, in the last step
  std::vector<double> step_of = {}, energy = {};  ///< of each sample
  bool doubtful = false;                    ///< an energy rose or fell by no more than rounding
  std::vector<Tables> states_of_step = {};  ///< the hidden states, from the forward sweep on
  Tables norms = {};                        ///< of the output's error: a column of samples per step

  /// f(x_{k-1}), the presynaptic rates of layer k.
  Table rates_below(const Layers& layers, std::size_t k, const Tables& states) const {
    if (k == 0) return x;
    return rates(layers.activation,
                 inference == Inference::fixed_predictions ? forward[k - 1] : states[k - 1]);
  }
  Table rates_below(const Layers& layers, std::size_t k) const {
    return rates_below(layers, k, state);
  }
  /// x_k, the target for the readout.
  const Table& last(std::size_t k) const { return k < state.size() ? state[k] : y; }

  void begin(const Layers& layers, const Table& x_, const Table& y_) {
    x = x_, y = y_;
    forward = layers.sweep(x);
    state.assign(forward.begin(), forward.end() - 1);
    back.assign(layers.hidden(), {});
    errors.clear();
    for (const Table& drive : forward) errors.push_back(Table(drive.rows, drive.cols));
    errors.back() = minus(y, forward.back());
    step_of.assign(std::size_t(x.cols), beta);
    energy.assign(std::size_t(x.cols), std::numeric_limits<double>::infinity());
    states_of_step = {state};
    norms.clear();
    doubtful = false;
    watch();
  }

  /// What each layer misses of the states as they are.
  void predict(const Layers& layers) {
    for (std::size_t k = 0; k < layers.depth(); ++k) {
      const bool fixed = inference == Inference::fixed_predictions;
      errors[k] = minus(last(k), fixed ? forward[k] : layers.drive_of(k, rates_below(layers, k)));
    }
  }

  /// A step of all samples in blocks that still move; returns the largest change of every sample.
  std::vector<double> step(const Layers& layers, const std::vector<bool>& moves) {
    const Tables before = state, errors_before = errors;
    std::vector<double> largest(std::size_t(x.cols), 0.0);
    const auto gain = [&](std::size_t k) {
      return gains(layers.activation,
                   inference == Inference::fixed_predictions ? forward[k] : before[k]);
    };
    for (std::size_t k = layers.hidden(); k-- > 0;) {
      const bool chain = inference == Inference::errors && k + 1 < layers.hidden();
      const Table feedback =
          times(gain(k), layers.back(k + 1, chain ? back[k + 1] : errors_before[k + 1]));
      if (back[k].empty()) back[k] = feedback;
      Table& moved = inference == Inference::errors ? errors[k] : state[k];
      for (Count c = 0; c < x.cols; ++c) {
        if (!moves[std::size_t(c)]) continue;
        for (Count i = 0; i < moved.rows; ++i) {
          back[k](i, c) = feedback(i, c);
          const double way = step_of[std::size_t(c)] * (feedback(i, c) - errors_before[k](i, c));
          largest[std::size_t(c)] = std::fmax(largest[std::size_t(c)], std::fabs(way));
          moved(i, c) += way;
        }
      }
    }
    if (inference == Inference::errors) {
      for (std::size_t k = 0; k < layers.hidden(); ++k) {
        state[k] = layers.drive_of(k, rates_below(layers, k));
        for (std::size_t n = 0; n < state[k].data.size(); ++n)
          state[k].data[n] += errors[k].data[n];
      }
      errors.back() =
          minus(y, layers.drive_of(layers.hidden(), rates_below(layers, layers.hidden())));
    } else {
      predict(layers);
    }
    states_of_step.push_back(state);
    watch();
    return largest;
  }

  /// Steps until every block's largest change is within the tolerance; `tolerance` < 0: all steps.
  void infer(const Layers& layers, const Table& x_, const Table& y_, Count most, double tolerance) {
    begin(layers, x_, y_);
    std::vector<bool> moves(std::size_t(x.cols), true);
    for (Count t = 0; t < most; ++t) {
      const std::vector<double> largest = step(layers, moves);
      std::vector<double> of_block(moves.size(), 0.0);
      for (Count c = 0; c < x.cols; ++c) {
        double& block = of_block[std::size_t(block_of(c, x.cols))];
        block = std::fmax(block, largest[std::size_t(c)]);
      }
      for (Count c = 0; c < x.cols; ++c)
        if (of_block[std::size_t(block_of(c, x.cols))] <= tolerance) moves[std::size_t(c)] = false;
    }
  }

 private:
  /// Energies; the step of a sample whose energy rose is shortened.
  void watch() {
    Table norm(x.cols);
    for (Count c = 0; c < x.cols; ++c) {
      double total = 0;
      for (const Table& e : errors)
        for (Count i = 0; i < e.rows; ++i) total += e(i, c) * e(i, c) / 2;
      double& before = energy[std::size_t(c)];
      if (total != before && std::fabs(total - before) < 1e-11 * before) doubtful = true;
      if (inference != Inference::fixed_predictions && total > before * (1 + 1e-14))
        step_of[std::size_t(c)] *= shortening;
      before = total;
      const Table& e = errors.back();
      norm(c) = std::sqrt(sum(e.rows, [&](Count i) { return e(i, c) * e(i, c); }));
    }
    norms.push_back(norm);
  }
};

}  // namespace oracle

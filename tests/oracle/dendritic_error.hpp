/// @file
/// Oracle of dendritic errors: somata, apical dendrites and interneurons, iterated from the
/// feed-forward state.
///
///   uI_k = (1 - lI) (WIP_k r_k + bI_k) + lI u_{k+1},  vA_k = B_k r_{k+1} + WPI_k phi(uI_k)
///   u_k += step (W_k r_{k-1} + b_k + alpha vA_k - u_k),  u_L += step ((1 - l) v_L + l y - u_L),
///   from below
#pragma once

#include "tests/oracle/backpropagation.hpp"

namespace oracle {

struct DendriticError {
  double alpha, interneuron_share, nudge, step;
  Tables top_down, lateral, inhibition;  ///< of hidden layers; lateral ones with a bias
  Tables u = {}, v = {}, apical = {}, interneuron = {}, predicted = {};
  Tables norms = {};

  void compare(const Layers& layers) {
    for (std::size_t k = 0; k < layers.hidden(); ++k) {
      predicted[k] = product(lateral[k], with_ones(layers.rate_of(k, u[k])));
      interneuron[k] = tabulate(predicted[k].rows, predicted[k].cols, [&](Count i, Count c) {
        return (1 - interneuron_share) * predicted[k](i, c) + interneuron_share * u[k + 1](i, c);
      });
      const Table above = product(top_down[k], layers.rate_of(k + 1, u[k + 1]));
      const Table beside = product(inhibition[k], layers.rate_of(k + 1, interneuron[k]));
      apical[k] = tabulate(above.rows, above.cols,
                           [&](Count i, Count c) { return above(i, c) + beside(i, c); });
    }
  }

  /// Stops in a block when no potential moves by more than `tolerance`.
  void infer(const Layers& layers, const Table& x, const Table& y, Count most, double tolerance) {
    u = v = layers.sweep(x);
    apical = interneuron = predicted = Tables(layers.hidden());
    norms = {distance(y)};
    std::vector<bool> stopped(std::size_t(x.cols), false);
    for (Count t = 0; t < most; ++t) {
      compare(layers);
      std::vector<double> largest(std::size_t(x.cols), 0.0);
      for (std::size_t k = 0; k < layers.depth(); ++k) {
        const Table drive = layers.drive_of(k, k == 0 ? x : layers.rate_of(k - 1, u[k - 1]));
        for (Count c = 0; c < x.cols; ++c)
          for (Count i = 0; i < drive.rows; ++i) {
            if (stopped[std::size_t(c)]) continue;
            v[k](i, c) = drive(i, c);
            const double aim = k < layers.hidden() ? drive(i, c) + alpha * apical[k](i, c)
                                                   : (1 - nudge) * drive(i, c) + nudge * y(i, c);
            double& block = largest[std::size_t(block_of(c, x.cols))];
            block = std::fmax(block, std::fabs(step * (aim - u[k](i, c))));
            u[k](i, c) += step * (aim - u[k](i, c));
          }
      }
      norms.push_back(distance(y));
      for (Count c = 0; c < x.cols; ++c)
        if (largest[std::size_t(block_of(c, x.cols))] <= tolerance) stopped[std::size_t(c)] = true;
    }
    compare(layers);
  }

  Table distance(const Table& y) const {
    return tabulate(y.cols, 1, [&](Count c, Count) {
      return std::sqrt(sum(y.rows, [&](Count i) { return std::pow(y(i, c) - v.back()(i, c), 2); }));
    });
  }
};

}  // namespace oracle

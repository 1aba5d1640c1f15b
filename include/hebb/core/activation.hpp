/// @file
/// Activation functions z = f(a), each with its gain f'(a).
/// Rate and gain are matrices, which take the shape of the drive, or blocks that have it.
#pragma once

#include "hebb/core/kernels/elementwise.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// z = a.
struct Linear {
  template <typename Scalar>
  static void respond(const View<Scalar>& drive, auto&& rate, auto&& gain) {
    rate = drive;
    gain = Matrix<Scalar>::Ones(drive.rows(), drive.cols());
  }
};

/// z = max(a, 0), gain 0 at a = 0. NaN stays NaN, so that divergence is seen.
struct Relu {
  template <typename Scalar>
  static void respond(const View<Scalar>& drive, auto&& rate, auto&& gain) {
    rate = (drive.array() < Scalar(0)).select(Scalar(0), drive);
    gain = (drive.array() > Scalar(0)).template cast<Scalar>();
  }
};

/// z = tanh(a).
struct Tanh {
  template <typename Scalar>
  static void respond(const View<Scalar>& drive, auto&& rate, auto&& gain) {
    map_elements<Scalar>(drive, rate, [](const auto& a) { return a.tanh(); });
    gain = Scalar(1) - rate.array().square();
  }
};

/// z = 1 / (1 + exp(-a)).
struct Sigmoid {
  template <typename Scalar>
  static void respond(const View<Scalar>& drive, auto&& rate, auto&& gain) {
    map_elements<Scalar>(drive, rate, [](const auto& a) { return a.logistic(); });
    gain = rate.array() * (Scalar(1) - rate.array());
  }
};

/// z = log(1 + exp(a)), written so that neither tail overflows.
struct Softplus {
  template <typename Scalar>
  static void respond(const View<Scalar>& drive, auto&& rate, auto&& gain) {
    rate = drive.array().max(Scalar(0)) + (-drive.array().abs()).exp().log1p();
    gain = drive.array().logistic();
  }
};

}  // namespace hebb

/// @file
/// The interface of all networks that are taught by targets.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include "hebb/core/random.hpp"
#include "hebb/network/relaxation.hpp"

namespace hebb {

/// A network that learns to map inputs x (inputs x columns) to targets y (outputs x columns).
///
/// `predict` returns outputs and changes no saved state. `infer` runs inference with the targets
/// and moves no weight; it returns how inference ended. `learn` lets every layer learn from the
/// last inference; calling it before an inference has ended is an InvalidCall. `train` is `infer`,
/// then `learn` (networks that learn within inference alternate them). `step` counts calls of
/// `learn`. After an inference, `change(k)` is the change of layer k's weights before its
/// optimiser, `feedback(k)` the mean norm of the feedback that layer k received, and
/// `latency(tolerance)` the number of steps until the output's error was below the tolerance, of
/// `planned_steps()` at most. `each` names all saved arrays.
template <typename N>
concept Network = requires(N net, const N constant, const View<typename N::Scalar>& x,
                           const View<typename N::Scalar>& y, std::size_t k, double tolerance,
                           Random random, typename N::Scalar scale) {
  typename N::Rule;
  net.layers;
  net.output_errors;
  net.initialize(random);
  net.initialize(random, scale);
  { net.predict(x) } -> std::convertible_to<View<typename N::Scalar>>;
  { net.infer(x, y) } -> std::same_as<Relaxed>;
  net.learn();
  net.train(x, y);
  { net.change(k) } -> std::convertible_to<View<typename N::Scalar>>;
  { net.feedback(k) } -> std::convertible_to<double>;
  { constant.latency(tolerance) } -> std::convertible_to<double>;
  { constant.planned_steps() } -> std::convertible_to<Index>;
  { constant.step() } -> std::same_as<std::int64_t>;
  net.each([](std::string_view, auto&) {});
};

}  // namespace hebb

/// @file
/// The laws of networks: what every network that is taught by targets obeys. A law returns whether
/// it holds; laws_faults_test shows a fault that it catches.
#pragma once

#include "hebb/core/digest.hpp"
#include "hebb/io/checkpoint.hpp"
#include "hebb/network/concepts.hpp"
#include "tests/network/networks.hpp"

namespace networks::laws {

/// Copies of all arrays of weights: forward, feedback, lateral.
inline Matrices<float> weights_of(auto& net) {
  Matrices<float> weights;
  net.each([&](std::string_view name, auto& value) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, Matrix<float>>)
      if (name.ends_with("weights") || name.starts_with("top_down") ||
          (name.starts_with("feedback") && name.find('.') == name.npos))
        weights.push_back(value);
  });
  return weights;
}

/// The norm of the difference between two sets of weights.
inline double distance(const Matrices<float>& a, const Matrices<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double((a[i] - b[i]).squaredNorm());
  return std::sqrt(sum);
}

/// True if the call throws an InvalidCall.
inline bool is_refused(const auto& call) {
  try {
    call();
  } catch (const InvalidCall&) {
    return true;
  }
  return false;
}

/// `predict` changes neither saved state nor the last inference.
template <typename Net>
bool predict_moves_no_state() {
  const Batch batch;
  auto net = network<Net>(), other = network<Net>();
  infer(net, batch.x, batch.y);
  infer(other, batch.x, batch.y);
  const auto before = digest(net);
  net.predict(Random{.seed = 9}.uniform<float>(4, 3));
  bool same = digest(net) == before;
  for (std::size_t k = 0; k < 3; ++k)
    same = same && net.change(k) == other.change(k) && net.feedback(k) == other.feedback(k);
  net.learn();
  other.learn();
  return same && digest(net) == digest(other);
}

/// `infer` moves no weight.
template <typename Net>
bool infer_moves_no_weight() {
  const Batch batch;
  auto net = network<Net>();
  const Matrices<float> before = weights_of(net);
  infer(net, batch.x, batch.y);
  return distance(weights_of(net), before) == 0;
}

/// Two runs with one seed are equal; runs with two seeds are not.
template <typename Net>
bool equal_seeds_give_equal_runs() {
  const Batch batch;
  const auto run = [&](std::uint64_t seed) {
    Net net = fresh<Net>();
    net.initialize({.seed = seed}, 0.5f);
    for (int step = 0; step < 3; ++step) train(net, batch.x, batch.y);
    return digest(net);
  };
  return run(3) == run(3) && run(3) != run(4);
}

/// The target that the network's output meets: the output itself, or its softmax.
template <typename Net>
Matrix<float> met_target(Net& net, const Matrix<float>& x) {
  Matrix<float> target = net.predict(x);
  if constexpr (requires { typename Net::Loss; }) {
    const Matrix<float> output = target, zero = Matrix<float>::Zero(output.rows(), output.cols());
    Net::Loss::template error<float>(output, zero, target);
    target = -target;
  }
  return target;
}

/// A target that the output meets changes nothing: at most 1/10,000 of what another target changes,
/// for rounding.
template <typename Net>
bool met_target_changes_nothing() {
  const Batch batch;
  const auto moved = [&](auto net, const Matrix<float>& y) {
    const Matrices<float> before = weights_of(net);
    train(net, batch.x, y);
    return distance(weights_of(net), before);
  };
  auto net = network<Net>();
  if constexpr (requires { net.start; }) net.stop.most = 400;  // the free phase reaches its end
  const Matrix<float> met = met_target(net, batch.x);
  return moved(net, met) < 1e-4 * moved(net, batch.y);
}

/// Learning and measuring need an inference that ended, and a layer that exists.
template <typename Net>
bool wrong_order_is_refused() {
  const Batch batch;
  auto net = network<Net>();
  bool refused = is_refused([&] { net.learn(); }) && is_refused([&] { net.change(0); }) &&
                 is_refused([&] { net.feedback(0); }) && is_refused([&] { net.latency(1); });
  infer(net, batch.x, batch.y);
  for (const auto& call : {+[](Net& n) { n.change(3); }, +[](Net& n) { n.feedback(3); }}) try {
      call(net);
      refused = false;
    } catch (const InvalidParameter&) {
    }
  refused = refused && net.change(2).norm() > 0 && net.feedback(2) > 0 && net.step() == 0;
  net.learn();
  return refused && net.step() == 1;
}

/// A network whose weights were never set does not train.
template <typename Net>
bool untrained_is_refused() {
  const Batch batch;
  Net net = fresh<Net>();
  return is_refused([&] { train(net, batch.x, batch.y); });
}

/// A network that loads a checkpoint continues with the same bits. An inference is not saved.
template <typename Net>
bool saved_run_continues() {
  const Batch batch;
  auto uninterrupted = network<Net>();
  auto net = fresh<Net>();
  for (int step = 0; step < 3; ++step) train(uninterrupted, batch.x, batch.y);
  parse_checkpoint(format_checkpoint(uninterrupted), "a checkpoint", net);
  if (!is_refused([&] { net.learn(); })) return false;
  if (net.step() != uninterrupted.step()) return false;
  for (int step = 0; step < 2; ++step) {
    train(net, batch.x, batch.y);
    train(uninterrupted, batch.x, batch.y);
  }
  const Matrix<float> output = net.predict(batch.x);
  return output == uninterrupted.predict(batch.x) && digest(net) == digest(uninterrupted);
}

/// `train` is `infer`, then `learn`.
template <typename Net>
bool train_is_infer_and_learn() {
  const Batch batch;
  auto net = network<Net>(), other = network<Net>();
  train(net, batch.x, batch.y);
  infer(other, batch.x, batch.y);
  other.learn();
  return digest(net) == digest(other);
}

}  // namespace networks::laws

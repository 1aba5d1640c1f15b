/// @file
/// Checks of calls that all networks with feedback share: their order and the numbers of layers. A
/// divergence is reported with its training step.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "hebb/core/error.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/label.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// True if a matrix holds a number other than 0. Stops at the first one.
bool any_nonzero(const auto& matrix) { return (matrix.array() != 0).any(); }

/// Keeps whether a network has an inference to learn from, and the number of the training step for
/// error messages.
///
/// An inference that throws before it starts (bad shapes, bad numbers) leaves the previous one
/// usable. After an inference that throws later, or a training step that throws, `learn()` is
/// refused until the next inference has ended.
class CallOrder {
 public:
  std::int64_t step = 0;  ///< training steps taken; saved in checkpoints

  /// `network` is the name that error messages begin with; not owned.
  explicit CallOrder(const char* network) : network_(network) {}

  /// Runs an inference to learn from. The caller has checked its arguments. The training step is
  /// added to the message of a Divergence.
  void infer(const auto& body) {
    run(body);
    inferred_ = true;
  }

  /// Runs an inference that cannot be learned from. It replaces the last one.
  void run(const auto& body) {
    inferred_ = false;
    try {
      body();
    } catch (const Divergence& error) {
      throw Divergence(sentence(error.what(), ", training step ", step));
    }
  }

  /// Runs a training step, which learns from the last inference by calls of `apply`.
  void learn(const auto& body) {
    require_inference("learn()");
    require_steps(network_, step);
    inferred_ = false;
    body();
    inferred_ = true;
    ++step;
  }

  /// Runs body(), which changes `learner`, `what` of layer k: weights, or the state of a rule.
  /// Throws Divergence, naming the layer, the rule and the training step, when weights leave the
  /// finite numbers. Weights have then moved: those of the layers before k, and maybe these.
  template <typename Learner>
  void apply(const char* what, std::size_t k, Learner& learner, const auto& body) const {
    try {
      body();
      if constexpr (!requires {
                      learner.weights;
                    })  // a rule's optimiser watches the weights of its state
        require<Divergence>(finite(learner), "not finite");
    } catch (const std::exception& error) {
      if (!dynamic_cast<const Divergence*>(&error) && !dynamic_cast<const NonFinite*>(&error))
        throw;
      throw Divergence(
          sentence(network_, ": the ", what, " of layer ", k, rule_of(learner),
                   " diverged in training step ", step, " (", error.what(),
                   "). Weights have moved in this step: load a checkpoint before continuing"));
    }
  }

  /// Throws InvalidCall unless there is an inference to learn from.
  void require_inference(const char* call) const {
    require<InvalidCall>(inferred_, network_, ": ", call,
                         " needs the result of infer(), which was not called or did not end");
  }

  /// Throws InvalidCall unless there is an inference, InvalidParameter unless k is one of the
  /// layers.
  void require_layer(const char* call, std::size_t k, std::size_t layers) const {
    require_inference(call);
    require(k < layers, network_, ": ", call, " of layer ", k, ": the layers are 0 to ",
            layers - 1);
  }

 private:
  /// The name of the rule that a state belongs to, if the state has it.
  template <typename Learner>
  static std::string rule_of(Learner& learner) {
    std::string text;
    if constexpr (requires { learner.weights; })
      learner.each([&](std::string_view name, auto& value) {
        if constexpr (std::same_as<std::remove_cvref_t<decltype(value)>, Label>)
          if (name == "rule") text = sentence(" (rule ", value.text, ")");
      });
    return text;
  }

  /// all_finite, on all threads where there is enough to read.
  template <typename Scalar>
  static bool finite(const Matrix<Scalar>& weights) {
    constexpr Index chunk = 1 << 16;
    std::atomic<bool> result = true;
    parallel_for((weights.size() + chunk - 1) / chunk,
                 [&](Index block) {
                   const Index begin = block * chunk;
                   if (!all_finite(weights.data() + begin, std::min(chunk, weights.size() - begin)))
                     result = false;
                 },
                 pass_time(double(weights.size())));
    return result;
  }

  const char* network_;
  bool inferred_ = false;
};

}  // namespace hebb

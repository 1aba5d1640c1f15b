/// @file
/// A stack of layers, each of which learns from its own input and output. No signal ever crosses a
/// layer's boundary backward.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "hebb/core/concepts.hpp"
#include "hebb/core/divergence.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/core/random.hpp"
#include "hebb/network/call_order.hpp"

namespace hebb {

/// A layer-local network: the output of each layer is the input of the next.
///
/// A layer has forward(x), learn(), output(), response() (neurons x samples) and each(visit).
/// `train` runs every layer forward on the output that the layer below had before it learned, and
/// lets it learn at once, all from the first step.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$x\f$ | argument of `forward`, `train` | inputs x columns | rate |
/// | \f$z_l\f$ | `layer<k>().response()` | neurons x columns | rate |
/// | input of layer l + 1 | `layer<k>().output()` | as that layer takes it | rate |
/// | \f$W_l\f$ | `layer<k>().state.weights` | post x pre | 1 |
/// | training steps | `step()` | scalar | 1 |
///
/// Layer l of the equations is k = l - 1 here. Throws InvalidCall from `train`, naming the layer,
/// when weights and responses of a layer are all 0, as they are before `initialize`: nothing is
/// learned then. Throws Divergence, naming the layer and the training step (both from 0), when a
/// response is not finite, which leaves that layer and those above as they were, and when learning
/// makes the layer's weights infinite or NaN. The layers below have learned by then.
template <LocalLayer... Layers>
class Stack {
 public:
  static constexpr std::size_t depth = sizeof...(Layers);  ///< number of layers
  static_assert(depth > 0);

  std::tuple<Layers...> layers;  ///< from the input to the output

  /// Neighbouring layers share scratch space, because they never run at the same time.
  explicit Stack(Layers... layers_) : layers(std::move(layers_)...) {
    share_scratch(std::make_index_sequence<depth - 1>{});
  }

  /// Layer k, from 0.
  template <std::size_t k>
  auto& layer() {
    return std::get<k>(layers);
  }

  /// Initialises every layer from a random stream of its own; `scale` is that of the layers'
  /// `initialize`.
  void initialize(const Random& random, auto... scale) {
    for_each_layer(
        [&](auto& layer, std::size_t k) { layer.initialize(random.stream("layer", k), scale...); });
  }

  /// Runs all layers on the columns of x; returns the last layer's response.
  const auto& forward(const auto& x) {
    run<0>(x, [](auto&) {});
    return std::get<depth - 1>(layers).response();
  }

  /// One step of learning in every layer; returns the last layer's response.
  const auto& train(const auto& x) {
    require_trainable(x);
    require_steps("Stack", step_);
    run<0>(x, [](auto& each_layer) { each_layer.learn(); });
    ++step_;
    return std::get<depth - 1>(layers).response();
  }

  /// Calls visit(layer, k) from the first layer to the last.
  void for_each_layer(auto&& visit) {
    std::apply(
        [&](auto&... each_layer) {
          std::size_t k = 0;
          (visit(each_layer, k++), ...);
        },
        layers);
  }

  /// Every layer forgets the current sequence.
  void forget() {
    for_each_layer([](auto& layer, std::size_t) { layer.forget(); });
  }

  std::int64_t step() const { return step_; }

  void each(auto&& visit) {
    visit("step", step_);
    for_each_layer([&](auto& layer, std::size_t k) {
      layer.each([&](std::string_view name, auto& value) {
        visit("layer" + std::to_string(k) + "." + std::string(name), value);
      });
    });
  }

 private:
  template <std::size_t... k>
  void share_scratch(std::index_sequence<k...>) {
    [[maybe_unused]] const auto share = [](auto& layer, const auto& below) {
      if constexpr (requires { layer.share_scratch(below); }) layer.share_scratch(below);
    };
    (share(std::get<k + 1>(layers), std::get<k>(layers)), ...);
  }

  template <std::size_t k>
  void run(const auto& x, const auto& then) {
    auto& layer = std::get<k>(layers);
    pass(layer, x);
    const auto& response = layer.response();
    if (!all_finite(response.data(), response.size())) [[unlikely]]
      throw Divergence(
          sentence("Stack: the response of layer ", k, " is not finite at step ", step_));
    name_divergence([&] { then(layer); }, "Stack: layer ", k, " at step ", step_);
    if constexpr (k + 1 < depth) run<k + 1>(layer.output(), then);
  }

  /// Throws InvalidCall when a layer can learn nothing. Where all weights of a layer are 0, one
  /// forward run shows whether its neurons respond nevertheless.
  void require_trainable(const auto& x) {
    const auto has_weights = [](const auto& layer) {
      if constexpr (requires { layer.state.weights; })
        return any_nonzero(layer.state.weights);
      else
        return true;
    };
    bool all = true;
    for_each_layer([&](auto& layer, std::size_t) { all = all && has_weights(layer); });
    if (all) return;
    forward(x);
    for_each_layer([&](auto& layer, std::size_t k) {
      require<InvalidCall>(has_weights(layer) || any_nonzero(layer.response()),
                           "Stack: all weights of layer ", k,
                           " are 0: call initialize(), or set or load them, before train()");
    });
  }

  /// A layer that takes images gets them unchanged; a layer that takes a matrix gets them in
  /// canonical order.
  static void pass(auto& layer, const auto& x) {
    if constexpr (requires { layer.forward(x); })
      layer.forward(x);
    else
      layer.forward(x.matrix());
  }

  std::int64_t step_ = 0;
};

}  // namespace hebb

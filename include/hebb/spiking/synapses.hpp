/// @file
/// The synapses that a spiking rule changes: one for every pair of neurons, or those of a list of
/// connections.
///
/// Both types have the same members, so that a rule states its equation once. Each synapse has a
/// place: its index in every array of values, such as the weights.
#pragma once

#include <concepts>

#include "hebb/core/concepts.hpp"
#include "hebb/spiking/connectivity.hpp"
#include "hebb/spiking/spikes.hpp"

namespace hebb {

/// Every presynaptic neuron is connected to every postsynaptic neuron. Values of synapses are
/// post x pre matrices.
struct FullSynapses {
  template <typename T>
  using Values = Matrix<T>;  ///< one number per synapse

  Shape shape;  ///< neurons on both sides

  Index size() const { return shape.pre * shape.post; }  ///< number of synapses
  Shape values_shape() const { return shape; }  ///< rows (post) and columns (pre) of Values

  /// Calls visit(post, place) for every synapse of a presynaptic neuron.
  void outgoing(Index pre, const auto& visit) const {
    const Index posts = shape.post, begin = pre * posts;
    for (Index i = 0; i < posts; ++i) visit(i, begin + i);
  }

  /// Calls visit(pre, place) for every synapse of a postsynaptic neuron.
  void incoming(Index post, const auto& visit) const {
    const Index pres = shape.pre, posts = shape.post;
    for (Index j = 0, k = post; j < pres; ++j, k += posts) visit(j, k);
  }
};

/// The synapses of some connections. Values of synapses are vectors in the order of Connections.
///
/// Memory: 12 bytes per synapse.
struct SparseSynapses : Connections {
  template <typename T>
  using Values = Vector<T>;  ///< one number per synapse

  ConnectionsByPost by_post;  ///< the same synapses, by postsynaptic neuron

  /// Throws what ConnectionsByPost throws.
  explicit SparseSynapses(const Connections& connections)
      : Connections(connections), by_post(connections) {}

  /// Values are a column: rows (post) and columns (pre) of a matrix.
  Shape values_shape() const { return {.pre = 1, .post = size()}; }

  /// Calls visit(post, place) for every synapse of a presynaptic neuron.
  void outgoing(Index pre, const auto& visit) const {
    const std::int32_t* targets = post.data();
    const Index last = end(pre);
    for (Index k = begin(pre); k < last; ++k) visit(Index(targets[k]), k);
  }

  /// Calls visit(pre, place) for every synapse of a postsynaptic neuron.
  void incoming(Index neuron, const auto& visit) const {
    const std::int32_t *sources = by_post.pre.data(), *places = by_post.synapse.data();
    const Index last = by_post.first[std::size_t(neuron) + 1];
    for (Index n = by_post.first[std::size_t(neuron)]; n < last; ++n)
      visit(Index(sources[n]), Index(places[n]));
  }
};

/// One value for every synapse.
template <typename T, typename Synapses>
typename Synapses::template Values<T> values_of(const Synapses& synapses, T value) {
  const Shape shape = synapses.values_shape();
  return Synapses::template Values<T>::Constant(shape.post, shape.pre, value);
}

/// Throws ShapeError unless an array of a state has one value per synapse.
void require_values(const auto& values, const auto& synapses, const char* rule, const char* name) {
  const Shape shape = synapses.values_shape();
  require_size(values, shape.post, shape.pre, rule, name);
}

/// A spiking rule that runs on all pairs of neurons, from init(Shape), and on any connections, from
/// init(Connections), by the same update.
template <typename R, typename Pre, typename Post>
concept SpikingRuleFor = RuleFor<R, Pre, Post> &&
    requires(const R r, const Connections& connections,
             decltype(std::declval<const R&>().init(connections)) s, const Pre& pre,
             const Post& post) {
  { r.update(pre, post, s) } -> std::same_as<void>;
  r.forget(s);
  s.each([](std::string_view, auto&) {});
  s.connections.size();
  s.weights.data();
};

}  // namespace hebb

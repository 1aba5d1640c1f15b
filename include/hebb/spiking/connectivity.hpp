/// @file
/// Who is connected to whom: all to all, at random, by distance, or from a list.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "hebb/spiking/rare_events.hpp"

namespace hebb {

/// Synapses ordered by presynaptic neuron, then by postsynaptic neuron. Values of synapses, such as
/// weights, are vectors in the same order. If all neurons are connected, this is the memory order
/// of a post x pre matrix.
struct Connections {
  Shape shape;  ///< numbers of neurons on both sides
  /// pre + 1: where the synapses of a presynaptic neuron begin.
  std::vector<Index> first = std::vector<Index>(1, 0);
  std::vector<std::int32_t> post = {};  ///< one per synapse

  Index size() const { return Index(post.size()); }  ///< number of synapses
  /// The first synapse of a presynaptic neuron.
  Index begin(Index pre) const { return first[std::size_t(pre)]; }
  Index end(Index pre) const { return first[std::size_t(pre) + 1]; }  ///< behind its last synapse

  /// Throws ShapeError unless `first` divides the synapses among the presynaptic neurons, and
  /// unless every target lies in the shape; InvalidParameter unless a neuron's targets increase.
  /// Connections that were filled by hand or read from a file may be anything.
  void check() const {
    require<ShapeError>(shape.pre >= 0 && shape.post >= 0 && Index(first.size()) == shape.pre + 1 &&
                            first.front() == 0 && first.back() == size() &&
                            std::is_sorted(first.begin(), first.end()),
                        "Connections: first must be ", shape.pre + 1,
                        " places that increase from 0 to the number of synapses, ", size());
    for_each([&](Index j, Index i, Index k) {
      check_target(j, i, k == begin(j) ? -1 : Index(post[std::size_t(k) - 1]));
    });
  }

  /// Throws as `check` unless neuron i can be the target of j that follows `before`, or -1.
  void check_target(Index j, Index i, Index before) const {
    require<ShapeError>(i >= 0 && i < shape.post, "Connections: ", j, " -> ", i, " is outside ",
                        shape.pre, " -> ", shape.post, " neurons");
    require(i > before, "Connections: the targets of ", j, " must increase, got ", i, " after ",
            before);
  }

  /// Calls visit(pre, post, synapse) in order.
  void for_each(const auto& visit) const {
    for (Index j = 0; j < shape.pre; ++j)
      for (Index k = begin(j); k < end(j); ++k) visit(j, Index(post[std::size_t(k)]), k);
  }

  friend bool operator==(const Connections& a, const Connections& b) {
    return a.shape.pre == b.shape.pre && a.shape.post == b.shape.post && a.first == b.first &&
           a.post == b.post;
  }
};

/// The same synapses ordered by postsynaptic neuron, then by presynaptic neuron.
struct ConnectionsByPost {
  std::vector<Index> first;           ///< post + 1
  std::vector<std::int32_t> pre;      ///< one per synapse
  std::vector<std::int32_t> synapse;  ///< its place in Connections

  /// Throws what Connections::check throws, and InvalidParameter for more than 2^31 synapses or
  /// presynaptic neurons.
  explicit ConnectionsByPost(const Connections& connections) {
    connections.check();
    require(connections.size() < Index(1) << 31 && connections.shape.pre < Index(1) << 31,
            "ConnectionsByPost: ", connections.size(), " synapses of ", connections.shape.pre,
            " neurons are too many for places of 32 bits");
    first.resize(std::size_t(connections.shape.post) + 1);
    pre.resize(std::size_t(connections.size()));
    synapse.resize(pre.size());
    for (const std::int32_t i : connections.post) ++first[std::size_t(i) + 1];
    for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
    std::vector<Index> next(first.begin(), first.end() - 1);
    connections.for_each([&](Index j, Index i, Index k) {
      const auto place = std::size_t(next[std::size_t(i)]++);
      pre[place] = std::int32_t(j);
      synapse[place] = std::int32_t(k);
    });
  }
};

/// Connects the pairs for which `targets_of(pre, add)` calls add(post), in increasing order of
/// post. Throws ShapeError for a target outside the shape, InvalidParameter for one out of order.
Connections connect(Shape shape, const auto& targets_of) {
  require<ShapeError>(shape.pre >= 0 && shape.post >= 0 && shape.post <= Index(1) << 31,
                      "Connections: the shape is ", shape.pre, " to ", shape.post, " neurons");
  Connections result{.shape = shape};
  for (Index j = 0; j < shape.pre; ++j) {
    Index last = -1;
    targets_of(j, [&](Index i) {
      result.check_target(j, i, last);
      last = i;
      result.post.push_back(std::int32_t(i));
    });
    result.first.push_back(result.size());
  }
  return result;
}

/// Connects every presynaptic neuron to every postsynaptic neuron.
inline Connections connect_all(Shape shape) {
  return connect(shape, [&](Index, const auto& add) {
    for (Index i = 0; i < shape.post; ++i) add(i);
  });
}

/// Every pair with the same probability. Each presynaptic neuron draws from its own step of the
/// stream "connections".
inline Connections connect_randomly(Shape shape, double probability, const Random& random) {
  return connect(shape, [&](Index j, const auto& add) {
    Random draws = random.stream("connections").at(std::uint64_t(j));
    for_each_success(shape.post, probability, draws, add);
  });
}

/// A pair with probability profile(distance), where neurons stand at positions on a line.
inline Connections connect_by_distance(std::span<const double> pre, std::span<const double> post,
                                       const auto& profile, const Random& random) {
  return connect({.pre = Index(pre.size()), .post = Index(post.size())},
                 [&](Index j, const auto& add) {
                   Random draws = random.stream("connections").at(std::uint64_t(j));
                   for (std::size_t i = 0; i < post.size(); ++i) {
                     const double distance = std::abs(pre[std::size_t(j)] - post[i]),
                                  probability = profile(distance);
                     require(probability >= 0 && probability <= 1,
                             "connect_by_distance: the profile at a distance of ", distance, " is ",
                             probability, ", not a probability");
                     if (draws.bernoulli(probability)) add(Index(i));
                   }
                 });
}

/// The pairs (pre, post) of a list, in any order. Throws InvalidParameter when one is outside the
/// shape or given twice.
inline Connections connect_list(Shape shape, std::vector<std::pair<Index, Index>> pairs) {
  std::sort(pairs.begin(), pairs.end());
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    const auto [j, i] = pairs[k];
    require(j >= 0 && j < shape.pre && i >= 0 && i < shape.post, "connect_list: ", j, " -> ", i,
            " is outside ", shape.pre, " -> ", shape.post, " neurons");
    require(k == 0 || pairs[k] != pairs[k - 1], "connect_list: ", j, " -> ", i, " is given twice");
  }
  auto next = pairs.begin();
  return connect(shape, [&](Index j, const auto& add) {
    for (; next != pairs.end() && next->first == j; ++next) add(next->second);
  });
}

/// The same connections without those of a neuron to itself.
inline Connections without_autapses(const Connections& connections) {
  connections.check();
  return connect(connections.shape, [&](Index j, const auto& add) {
    for (Index k = connections.begin(j); k < connections.end(j); ++k)
      if (const Index i = connections.post[std::size_t(k)]; i != j) add(i);
  });
}

/// For every postsynaptic neuron the same number of presynaptic partners, drawn without repetition
/// from the stream "connections".
inline Connections connect_fixed_in_degree(Shape shape, Index in_degree, const Random& random) {
  require(in_degree >= 0 && in_degree <= shape.pre, "connect_fixed_in_degree: ", in_degree,
          " partners out of ", shape.pre, " neurons");
  std::vector<std::vector<Index>> targets(static_cast<std::size_t>(shape.pre));
  std::vector<Index> drawn(static_cast<std::size_t>(shape.pre), -1);
  for (Index i = 0; i < shape.post; ++i) {
    Random draws = random.stream("connections").at(std::uint64_t(i));
    // R. W. Floyd's sample: every subset is equally likely.
    for (Index last = shape.pre - in_degree; last < shape.pre; ++last) {
      Index j = draws.below(last + 1);
      if (drawn[std::size_t(j)] == i) j = last;
      drawn[std::size_t(j)] = i;
      targets[std::size_t(j)].push_back(i);
    }
  }
  return connect(shape, [&](Index j, const auto& add) {
    for (const Index i : targets[std::size_t(j)]) add(i);
  });
}

/// Patterns of connections, as a network takes them: each makes Connections of a shape.
struct All {
  Connections operator()(Shape shape, const Random&) const { return connect_all(shape); }
};

/// Neuron k to neuron k.
struct OneToOne {
  /// The synapses. Throws ShapeError for populations of different sizes.
  Connections operator()(Shape shape, const Random&) const {
    require<ShapeError>(shape.pre == shape.post, "OneToOne: ", shape.pre, " neurons to ",
                        shape.post);
    return connect(shape, [](Index j, const auto& add) { add(j); });
  }
};

/// Every pair with the same probability; a neuron may be connected to itself.
struct Randomly {
  double probability;  ///< of each pair, in [0, 1]
  Connections operator()(Shape shape, const Random& random) const {
    return connect_randomly(shape, probability, random);
  }
};

/// The same number of presynaptic partners for every postsynaptic neuron.
struct FixedInDegree {
  Index in_degree;  ///< synapses per postsynaptic neuron
  Connections operator()(Shape shape, const Random& random) const {
    return connect_fixed_in_degree(shape, in_degree, random);
  }
};

/// A pair with probability profile(distance) of its positions on a line.
template <typename Profile>
struct ByDistance {
  std::vector<double> pre, post;  ///< positions, one per neuron
  Profile profile;                ///< from distance to probability
  /// The synapses. Throws ShapeError for another number of positions.
  Connections operator()(Shape shape, const Random& random) const {
    require<ShapeError>(Index(pre.size()) == shape.pre && Index(post.size()) == shape.post,
                        "ByDistance: there are ", pre.size(), " and ", post.size(),
                        " positions for ", shape.pre, " and ", shape.post, " neurons");
    return connect_by_distance(pre, post, profile, random);
  }
};

/// The pairs (pre, post) of a list.
struct Pairs {
  std::vector<std::pair<Index, Index>> list;  ///< each pair once, in any order
  Connections operator()(Shape shape, const Random&) const { return connect_list(shape, list); }
};

/// Values of synapses as a post x pre matrix; pairs without a synapse are 0.
template <typename Scalar>
Matrix<Scalar> to_matrix(const Connections& connections, const Vector<Scalar>& values) {
  connections.check();
  require<ShapeError>(values.size() == connections.size(), "to_matrix: there are ", values.size(),
                      " values for ", connections.size(), " synapses");
  Matrix<Scalar> result = Matrix<Scalar>::Zero(connections.shape.post, connections.shape.pre);
  connections.for_each([&](Index j, Index i, Index k) { result(i, j) = values(k); });
  return result;
}

}  // namespace hebb

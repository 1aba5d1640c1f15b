/// @file
/// A projection: the synapses from one population to another, in bundles.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "hebb/spiking/block.hpp"
#include "hebb/spiking/rule_bundle.hpp"

namespace hebb {

/// All synapses from one population to another.
template <typename Scalar>
struct Projection {
  /// The synapses of one delay onto one block.
  struct Part {
    Index block;                             ///< of the postsynaptic population
    Index delay;                             ///< steps
    std::unique_ptr<Bundle<Scalar>> bundle;  ///< weights and rule
  };

  Index pre, post;                ///< numbers of the populations
  Index variable;                 ///< of the postsynaptic neurons, to which spikes add
  Index target = -1;              ///< the population of target spikes, or -1
  Shape shape = {};               ///< neurons on both sides
  std::vector<Part> parts = {};   ///< by block, then by delay
  std::vector<Index> first = {};  ///< first neuron of each block, and the number of neurons
  Index shortest_delay = 0, longest_delay = 0;  ///< steps, of all synapses; 0 where there is none

  /// Number of synapses.
  Index size() const {
    Index count = 0;
    for (const Part& part : parts) count += part.bundle->end(shape.pre - 1);
    return count;
  }

  /// Calls visit(pre, post, part, synapse in the part's bundle) in the order of Connections: by
  /// presynaptic neuron, then by postsynaptic neuron.
  void for_each(const auto& visit) const {
    std::vector<Index> next;
    for (Index j = 0; j < shape.pre; ++j)
      for (std::size_t from = 0, to = 0; from < parts.size(); from = to) {
        while (to < parts.size() && parts[to].block == parts[from].block) ++to;
        next.clear();
        for (std::size_t p = from; p < to; ++p) next.push_back(parts[p].bundle->begin(j));
        const Index first_neuron = first[std::size_t(parts[from].block)];
        for (;;) {  // merges the delays of a block by postsynaptic neuron
          std::size_t least = to;
          Index neuron = 0;
          for (std::size_t p = from; p < to; ++p) {
            const Index k = next[p - from];
            if (k == parts[p].bundle->end(j)) continue;
            const Index i = parts[p].bundle->post(k);
            if (least == to || i < neuron) least = p, neuron = i;
          }
          if (least == to) break;
          visit(j, first_neuron + neuron, Index(least), next[least - from]++);
        }
      }
  }

  /// An array of the bundles, by name: one value per synapse in the order of Connections, or where
  /// the array has another size, the values of all bundles one after the other. Postponed changes
  /// are made first. Throws InvalidParameter, with the names there are, for another name.
  Vector<Scalar> values(std::string_view name) const {
    std::vector<Vector<Scalar>> found;
    bool per_synapse = true;
    Index total = 0;
    for (const Part& part : parts) {
      part.bundle->settle();
      found.push_back(part.bundle->values(name));
      per_synapse = per_synapse && found.back().size() == part.bundle->end(shape.pre - 1);
      total += found.back().size();
    }
    Vector<Scalar> result(total);
    Index place = 0;
    if (per_synapse)
      for_each([&](Index, Index, Index part, Index k) {
        result(place++) = found[std::size_t(part)](k);
      });
    else
      for (const Vector<Scalar>& values : found) {
        result.segment(place, values.size()) = values;
        place += values.size();
      }
    return result;
  }
  /// One per synapse, in the order of `connections`.
  Vector<Scalar> weights() const { return values("weights"); }

  /// All synapses, by presynaptic neuron, then by postsynaptic neuron.
  Connections connections() const {
    Connections result{.shape = shape};
    result.first.assign(std::size_t(shape.pre) + 1, 0);
    for_each([&](Index j, Index i, Index, Index) {
      result.post.push_back(std::int32_t(i));
      result.first[std::size_t(j) + 1] = result.size();
    });
    for (std::size_t j = 1; j < result.first.size(); ++j)
      result.first[j] = std::max(result.first[j], result.first[j - 1]);
    return result;
  }

  /// Splits connections into bundles, each made by make(connections, weights). Connections onto a
  /// block for which own(block) is false are left to other processes.
  void split(const Connections& connections, const Vector<double>& weights,
             const std::vector<Index>& delays, const std::vector<Index>& block_first,
             const auto& own, const auto& make) {
    first = block_first;
    if (connections.size() > 0) {
      const auto [least, most] = std::minmax_element(delays.begin(), delays.end());
      shortest_delay = *least;
      longest_delay = *most;
    }
    struct Piece {
      Connections connections;
      std::vector<double> weights = {};
    };
    for (std::size_t b = 0; b + 1 < first.size(); ++b) {
      if (!own(Index(b))) continue;
      const Index neurons = first[b + 1] - first[b];
      std::map<Index, Piece> pieces;
      const auto piece_of = [&](Index delay) -> Piece& {
        const auto [place, fresh] = pieces.try_emplace(delay);
        if (fresh) place->second.connections.shape = {.pre = shape.pre, .post = neurons};
        return place->second;
      };
      for (Index j = 0; j < shape.pre; ++j) {
        const auto begin = connections.post.begin();
        const Index row = connections.begin(j), end = connections.end(j);
        for (Index k = std::lower_bound(begin + row, begin + end, std::int32_t(first[b])) - begin;
             k < end && connections.post[std::size_t(k)] < first[b + 1]; ++k) {
          Piece& piece = piece_of(delays[delays.size() == 1 ? 0 : std::size_t(k)]);
          piece.connections.first.resize(std::size_t(j) + 1, piece.connections.size());
          piece.connections.post.push_back(
              std::int32_t(connections.post[std::size_t(k)] - first[b]));
          piece.weights.push_back(weights(k));
        }
        for (auto& [delay, piece] : pieces)
          piece.connections.first.resize(std::size_t(j) + 2, piece.connections.size());
      }
      for (auto& [delay, piece] : pieces)
        parts.push_back(
            {Index(b), delay,
             make(piece.connections, Eigen::Map<const Vector<double>>(
                                         piece.weights.data(), Index(piece.weights.size())))});
    }
  }
};

}  // namespace hebb

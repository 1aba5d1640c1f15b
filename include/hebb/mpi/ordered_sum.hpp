/// @file
/// Sums over ranks in an order that belongs to the batch and not to the ranks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "hebb/core/types.hpp"
#include "hebb/mpi/communicator.hpp"

namespace hebb::mpi {

/// The samples of a batch in blocks of equal size, of which the last may be shorter. Every rank
/// holds whole blocks. Sums over the batch are made of sums over blocks, which are added in an
/// order that does not depend on the ranks: any number of ranks gives the same bits.
struct Blocks {
  Index samples = 0;  ///< of a block; 0: what a rank holds is one block
};

/// Which blocks of a batch belong to which rank: `first[r]` up to `first[r + 1]` to rank r.
struct Division {
  Index width = 0;                ///< columns of a block; 0: one block per rank
  Index columns = 0;              ///< of this rank
  std::vector<Index> first = {};  ///< number of each rank's first block; the last: of all blocks

  Index count() const { return first.back(); }  ///< number of blocks of the batch
};

/// A place in the binary tree of blocks: the sum of the blocks from index * 2^level on, so many as
/// 2^level.
struct TreeNode {
  Index level = 0, index = 0;  ///< >= 0
  bool operator==(const TreeNode&) const = default;
};

/// The largest nodes that make up the blocks [begin, end), in their order.
inline std::vector<TreeNode> nodes_of(Index begin, Index end) {
  std::vector<TreeNode> nodes;
  while (begin < end) {
    Index level = 0;
    while (begin % (Index(2) << level) == 0 && begin + (Index(2) << level) <= end) ++level;
    nodes.push_back({level, begin >> level});
    begin += Index(1) << level;
  }
  return nodes;
}

/// The sum over all blocks of a batch of arrays of one size, such as changes of weights.
///
/// Every rank sums what lies inside its own blocks along the binary tree of all blocks. Then each
/// rank completes one part of the numbers: it gets this part of the sums of the others, adds them
/// along the tree, and sends the result to all. Short arrays are completed by all ranks.
///
/// Cost for n numbers: additions of n numbers per block but the first, messages of n / ranks
/// numbers to every other rank and back. A rank sends one array where its blocks are one node of
/// the tree, and at most 2 log2(blocks) where they are not.
template <typename Scalar>
class OrderedSum {
 public:
  /// Sums the blocks of this rank. form(begin, count, to) writes the sum over the columns
  /// [begin, begin + count) of this rank into the matrix `to`.
  void form(const Communicator& ranks, Division division, const auto& form_block) {
    division_ = std::move(division);
    nodes_.resize(std::size_t(ranks.size()));
    for (std::size_t r = 0; r < nodes_.size(); ++r)
      nodes_[r] = nodes_of(division_.first[r], division_.first[r + 1]);
    const auto rank = std::size_t(ranks.rank());
    const Index first = division_.first[rank];
    const std::vector<TreeNode>& nodes = nodes_[rank];
    own_.resize(nodes.size());
    for (std::size_t k = 0; k < nodes.size(); ++k) form_node(nodes[k], first, form_block, own_[k]);
    const Matrix<Scalar>& any = own_.front();
    total_.resize(any.rows(), any.cols());
  }

  /// Begins to send. Nothing of this object may be used before `end`.
  void begin(const Communicator& ranks) {
    stage_ = Stage::begun;
    const Slice mine = slice(ranks, ranks.rank());
    std::size_t others = 0;
    for (int r = 0; r < ranks.size(); ++r)
      if (r != ranks.rank()) others += nodes_[std::size_t(r)].size();
    received_.resize(mine.count, Index(others));
    Index column = 0;
    for (int r = 0; r < ranks.size(); ++r) {
      if (r == ranks.rank()) continue;
      for (std::size_t k = 0; k < nodes_[std::size_t(r)].size(); ++k)
        ranks.begin_receive(received_.col(column++).data(), mine.count, r, pending_);
    }
    ranks.for_each_other([&](int r) {
      const Slice its = slice(ranks, r);
      for (const Matrix<Scalar>& node : own_)
        ranks.begin_send(node.data() + its.begin, its.count, r, pending_);
    });
  }

  /// Whether a sum has begun and not ended.
  bool any() const { return stage_ != Stage::idle; }

  /// Waits for the sums of the other ranks, adds them, and begins to send the result.
  void add(const Communicator& ranks) {
    if (std::exchange(stage_, Stage::added) == Stage::added) return;
    pending_.wait();
    const Slice mine = slice(ranks, ranks.rank());
    std::vector<std::pair<TreeNode, Scalar*>> open;  // of descending levels
    const auto merge = [&] {
      const auto last = open.back();
      open.pop_back();
      Eigen::Map<Vector<Scalar>>(open.back().second, mine.count) +=
          Eigen::Map<const Vector<Scalar>>(last.second, mine.count);
    };
    Index column = 0;
    for (int r = 0; r < ranks.size(); ++r) {
      const std::vector<TreeNode>& nodes = nodes_[std::size_t(r)];
      for (std::size_t k = 0; k < nodes.size(); ++k) {
        open.emplace_back(nodes[k], r == ranks.rank() ? own_[k].data() + mine.begin
                                                      : received_.col(column++).data());
        for (TreeNode node = nodes[k]; open.size() > 1 && node.index % 2 == 1;) {
          const TreeNode left{node.level, node.index - 1};
          if (open[open.size() - 2].first != left) break;
          merge();
          node = open.back().first = {node.level + 1, node.index / 2};
        }
      }
    }
    while (open.size() > 1) merge();
    std::copy_n(open.front().second, mine.count, total_.data() + mine.begin);
    if (is_short()) return;
    ranks.for_each_other([&](int r) {
      const Slice its = slice(ranks, r);
      ranks.begin_receive(total_.data() + its.begin, its.count, r, pending_);
      ranks.begin_send(total_.data() + mine.begin, mine.count, r, pending_);
    });
  }

  /// The sum of all ranks.
  Matrix<Scalar>& end() {
    pending_.wait();
    stage_ = Stage::idle;
    return total_;
  }

 private:
  enum class Stage { idle, begun, added };

  /// The numbers that a rank completes.
  struct Slice {
    Index begin, count;
  };

  bool is_short() const { return total_.size() <= 4096; }

  Slice slice(const Communicator& ranks, Index rank) const {
    if (is_short()) return {0, total_.size()};
    const Index begin = total_.size() * rank / ranks.size();
    return {begin, total_.size() * (rank + 1) / ranks.size() - begin};
  }

  /// The left half goes to `to`, the right half to the scratch space of the level.
  void form_node(TreeNode node, Index first, const auto& form_block, Matrix<Scalar>& to) {
    if (node.level == 0) {
      if (division_.width == 0) return form_block(Index(0), division_.columns, to);
      const Index begin = (node.index - first) * division_.width;
      return form_block(begin, std::min(division_.width, division_.columns - begin), to);
    }
    if (halves_.size() < std::size_t(node.level)) halves_.resize(std::size_t(node.level));
    form_node({node.level - 1, 2 * node.index}, first, form_block, to);
    // The vector keeps its size below this level, so the reference stays valid.
    Matrix<Scalar>& half = halves_[std::size_t(node.level) - 1];
    form_node({node.level - 1, 2 * node.index + 1}, first, form_block, half);
    to += half;
  }

  Division division_ = {};
  std::vector<std::vector<TreeNode>> nodes_ = {};  // of each rank
  std::vector<Matrix<Scalar>> own_ = {}, halves_ = {};
  Matrix<Scalar> received_ = {}, total_ = {};
  Pending pending_ = {};
  Stage stage_ = Stage::idle;
};

}  // namespace hebb::mpi

/// @file
/// How much of a batch a process holds: the whole, or a share whose sums are completed by others.
#pragma once

#include "hebb/core/types.hpp"

namespace hebb {

/// A batch that this process holds as a whole: there is nothing to add to its sums.
///
/// A rule with statistics of the batch takes them through the last argument of `post_factor` and
/// `pre_factor`: it sums over its own columns, calls `sum`, and divides by `columns`. Without that
/// argument the batch is whole, and the calls cost nothing. mpi/share.hpp has the other kind.
struct WholeBatch {
  static constexpr bool is_whole = true;  ///< whether this process holds all columns
  /// Whether this process adds what enters the sums once, and not once per share.
  bool is_first() const { return true; }
  /// The columns of the batch, where this process has so many of them.
  Index columns(Index own) const { return own; }
  /// Adds the sums of the other processes to a matrix or vector.
  void sum(auto&) const {}
};

/// A share of a batch: WholeBatch, or one whose `sum` adds what other processes hold.
template <typename B>
concept BatchShare = requires(const B batch, Index columns, Matrix<float>& sums) {
  { B::is_whole } -> std::convertible_to<bool>;
  { batch.is_first() } -> std::same_as<bool>;
  { batch.columns(columns) } -> std::convertible_to<Index>;
  batch.sum(sums);
};

}  // namespace hebb

/// @file
/// How much of a batch a process holds: the whole, or a share whose sums are completed by others.
#pragma once

#include "hebb/core/types.hpp"

namespace hebb {

/// A batch that this process holds as a whole: there is nothing to add to its sums.
///
/// A rule with statistics of the batch takes them through the last argument of `post_factor` and
/// `pre_factor`: it says in `sum` how it sums over columns of its own, and divides by `columns`.
/// Without that argument the batch is whole, and the calls cost nothing. mpi/share.hpp has the
/// other kind.
struct WholeBatch {
  static constexpr bool is_whole = true;  ///< whether this process holds all columns
  /// The columns of the batch, where this process has so many of them.
  Index columns(Index own) const { return own; }
  /// sums = the sum over all columns of the batch. form(begin, count, to) writes the sum over the
  /// columns [begin, begin + count) of this process into `to`, a matrix or vector. `columns` are
  /// those of one view here, samples * places.
  void sum(Index columns, auto& sums, const auto& form) const { form(Index(0), columns, sums); }
};

/// A share of a batch: WholeBatch, or one whose `sum` adds what other processes hold.
template <typename B>
concept BatchShare = requires(const B batch, Index columns, Matrix<float>& sums,
                              void (&form)(Index begin, Index count, Matrix<float>& to)) {
  { B::is_whole } -> std::convertible_to<bool>;
  { batch.columns(columns) } -> std::convertible_to<Index>;
  batch.sum(columns, sums, form);
};

}  // namespace hebb

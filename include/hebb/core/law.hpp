/// @file
/// The names of the laws that some rules break by design.
#pragma once

#include <concepts>

#include "hebb/core/language.hpp"

namespace hebb {

/// Laws of tests/laws.hpp that a rule may break.
namespace law {
struct Permutation;  ///< permuting the columns changes nothing
struct Repetition;   ///< repeating the columns changes nothing
struct SilentPre;    ///< weights from a silent presynaptic neuron only decay, as the rule declares
struct HalfRate;     ///< half the learning rate, half the first change
struct Additivity;   ///< the change by a batch is the mean of the changes by its halves
struct Locality;     ///< a weight depends on its own presynaptic and postsynaptic neuron alone
}  // namespace law

/// In a rule, `using Breaks = Exceptions<law::Repetition>;` says which laws it breaks. The tests
/// then assert that it does.
template <typename... Laws>
struct Exceptions {
  /// Whether `Law` is one of them.
  template <typename Law>
  static constexpr bool contains = (std::same_as<Law, Laws> || ...);
};

/// Whether a rule declares in `Breaks` that it does not obey a law.
template <typename R, typename Law>
constexpr bool breaks = [] {
  if constexpr (requires { typename R::Breaks; })
    return R::Breaks::template contains<Law>;
  else
    return false;
}();

}  // namespace hebb

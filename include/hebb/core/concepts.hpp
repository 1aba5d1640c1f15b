/// @file
/// What a rule is: the interface every rule of the library, and every rule a user brings, is held
/// to.
#pragma once

#include <concepts>
#include <string_view>

#include "hebb/core/label.hpp"
#include "hebb/core/response.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// A rule is a constant value; what moves lives in its State.
template <typename R, typename Pre, typename Post>
concept RuleFor = std::copyable<R> &&
    requires(const R r, typename R::State s, Shape n, const Pre& pre, const Post& post) {
  { r.init(n) } -> std::same_as<typename R::State>;
  { r.update(pre, post, s) } -> std::same_as<void>;
  r.forget(s);  // clears what belongs to the current sequence
  s.each([](std::string_view, auto&) {
  });  // names every array, nested ones too, and what it belongs to (label.hpp)
};

/// A rule that says the two halves of "post times pre" apart, so that a layer can put its own
/// geometry between them and a network can sum changes over time, views or machines before anything
/// moves.
template <typename R>
concept FactoredRule = RuleFor<R, View<typename R::Scalar>, Response<typename R::Scalar>> &&
    requires(const R r, typename R::State s, const Response<typename R::Scalar>& post,
             const Matrix<typename R::Scalar>& change) {
  r.post_factor(post, s).post;
  r.apply(change, r.post_factor(post, s).decay, s);
};

/// The laws of tests/laws.hpp that some rules break, by name.
namespace law {
struct Permutation;  ///< permuting the columns changes nothing
struct Repetition;   ///< repeating the columns changes nothing
struct SilentPre;    ///< a silent presynaptic neuron leaves its weights alone, but for the declared
                     ///< decay
struct HalfRate;     ///< half the rate, half the first change
struct Additivity;   ///< one batch equals two half batches summed
struct Locality;     ///< nothing but this synapse's pre and its own post moves it
}  // namespace law

/// In a rule: `using Breaks = Exceptions<law::Repetition>;` says which laws it breaks; the tests
/// then assert the violation.
template <typename... Laws>
struct Exceptions {
  template <typename Law>
  static constexpr bool contains = (std::same_as<Law, Laws> || ...);
};

template <typename R, typename Law>
constexpr bool breaks = [] {
  if constexpr (requires { typename R::Breaks; })
    return R::Breaks::template contains<Law>;
  else
    return false;
}();

}  // namespace hebb

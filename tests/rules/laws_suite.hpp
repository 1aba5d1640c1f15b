/// @file
/// Tries every law on the rules of one part of the catalogue.
#pragma once

#include <doctest/doctest.h>

#include "tests/rules/catalogue.hpp"

namespace hebb {

template <typename Rule>
void try_laws(const char* header) {
  const Rule rule;
  CAPTURE(header);
  CAPTURE(doctest::toString<Rule>());
  CHECK(laws::init_gives_post_by_pre(rule));
  CHECK(laws::copies_are_equal_and_independent(rule));
  CHECK(laws::stays_finite(rule));
  CHECK(laws::forget_keeps_what_is_learned(rule));
  CHECK(laws::each_round_trips(rule));
  CHECK(laws::update_is_factor_and_apply(rule));
  if constexpr (std::is_same_v<typename Rule::Scalar,
                               float>) {  // in one scalar, to save compile time
    CHECK(laws::huge_numbers_are_named(rule));
    CHECK(laws::states_of_another_shape_are_refused(rule));
    CHECK(laws::states_not_made_by_init_are_named(rule));
  }
  // A declared exception is a fact too: the law must be broken.
  CHECK(laws::permutation(rule) == !breaks<Rule, law::Permutation>);
  CHECK(laws::repetition(rule) == !breaks<Rule, law::Repetition>);
  CHECK(laws::silent_pre(rule) == !breaks<Rule, law::SilentPre>);
  CHECK(laws::half_rate(rule) == !breaks<Rule, law::HalfRate>);
  CHECK(laws::additivity(rule) == !breaks<Rule, law::Additivity>);
  CHECK(laws::locality(rule) == !breaks<Rule, law::Locality>);
}

template <typename... Rules>
void try_laws(const Header<Rules...>& header) {
  (try_laws<Rules>(header.name), ...);
}

/// All rules of a part of the catalogue.
void try_laws_on_all(const auto& part) {
  std::apply([](const auto&... headers) { (try_laws(headers), ...); }, part);
}

}  // namespace hebb

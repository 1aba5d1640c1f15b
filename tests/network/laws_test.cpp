// Every network obeys the laws of networks, in laws.hpp.
#include "tests/network/laws.hpp"

#include <doctest/doctest.h>

using namespace networks;

TEST_CASE_TEMPLATE("laws of networks", Net, HEBB_NETWORKS) {
  static_assert(Network<Net>);
  CHECK(laws::predict_moves_no_state<Net>());
  CHECK(laws::infer_moves_no_weight<Net>());
  CHECK(laws::equal_seeds_give_equal_runs<Net>());
  CHECK(laws::met_target_changes_nothing<Net>());
  CHECK(laws::wrong_order_is_refused<Net>());
  CHECK(laws::untrained_is_refused<Net>());
  CHECK(laws::saved_run_continues<Net>());
  // Incremental predictive coding learns after every step of inference.
  constexpr bool learns_within_inference = std::same_as<Net, IncrementalPredictiveCoding<Errors>>;
  CHECK(laws::train_is_infer_and_learn<Net>() != learns_within_inference);
}

#include "hebb/data/batches.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/forged_steps.hpp"

using namespace hebb;

namespace {

std::vector<Index> take(Batches& batches, Index steps) {
  std::vector<Index> all;
  for (Index i = 0; i < steps; ++i) {
    const auto batch = batches.next();
    all.insert(all.end(), batch.begin(), batch.end());
  }
  return all;
}

}  // namespace

TEST_CASE("batches: an epoch that keeps its remainder shows every sample once") {
  Batches batches(
      {.samples = 103, .batch = 10, .remainder = Remainder::keep, .random = {.seed = 1}});
  CHECK(batches.per_epoch() == 11);
  for (int epoch = 0; epoch < 3; ++epoch) {
    auto seen = take(batches, 11);
    std::sort(seen.begin(), seen.end());
    CHECK(seen.size() == 103);
    for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == Index(i));
  }
}

TEST_CASE("batches: an epoch that drops its remainder has full batches and no sample twice") {
  Batches batches({.samples = 103, .batch = 10, .random = {.seed = 1}});
  CHECK(batches.per_epoch() == 10);
  auto seen = take(batches, 10);
  CHECK(seen.size() == 100);
  std::sort(seen.begin(), seen.end());
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("batches: epochs, seeds and streams have different orders") {
  const auto order = [](const Random& random) {
    Batches batches({.samples = 50, .batch = 50, .random = random});
    return take(batches, 2);
  };
  const auto two = order({.seed = 1});
  CHECK(!std::equal(two.begin(), two.begin() + 50, two.begin() + 50));
  CHECK(two == order({.seed = 1}));
  CHECK(two != order({.seed = 2}));
  CHECK(two != order(Random{.seed = 1}.stream("other")));
}

TEST_CASE("batches: a run resumed at any step continues as the uninterrupted one") {
  const Batches::Parameters parameters{
      .samples = 23, .batch = 5, .remainder = Remainder::keep, .random = {.seed = 4}};
  Batches whole(parameters);
  const auto expected = take(whole, 20);
  for (Index stop = 0; stop < 20; ++stop) {
    Batches before(parameters), after(parameters);
    auto seen = take(before, stop);
    std::int64_t saved = 0;
    before.each([&](std::string_view, auto& value) { saved = value; });
    take(after, 7);  // the steps before do not matter
    after.each([&](std::string_view, auto& value) { value = saved; });
    const auto rest = take(after, 20 - stop);
    seen.insert(seen.end(), rest.begin(), rest.end());
    CHECK(seen == expected);
  }
}

TEST_CASE("batches: an impossible step, as in a forged checkpoint, is refused") {
  for (const std::int64_t step : forged_steps) {
    Batches batches({.samples = 5, .batch = 2});
    batches.each([&](std::string_view, auto& value) { value = step; });
    CHECK_THROWS_AS(batches.next(), InvalidParameter);
  }
}

TEST_CASE("batches: sizes that give no batch are refused") {
  CHECK_THROWS_AS(Batches({.samples = 0, .batch = 1}), InvalidParameter);
  CHECK_THROWS_AS(Batches({.samples = 5, .batch = 0}), InvalidParameter);
  CHECK_THROWS_AS(Batches({.samples = 5, .batch = 6}), InvalidParameter);
  CHECK_NOTHROW(Batches({.samples = 5, .batch = 6, .remainder = Remainder::keep}));
}

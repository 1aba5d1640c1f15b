// Saving and loading where an allocation fails.
#include "tests/faults/memory.hpp"
#include "tests/faults/saving.hpp"

using namespace hebb;
using namespace faults;

namespace {

struct Outcome {
  bool returned, expected, fired;  // expected: threw an exception of an expected type
  long kept;                       // blocks that are still held
};

/// Calls with the k-th allocation, or all from it on, failing.
Outcome with_scarce_memory(long k, bool lasting, const auto& call) {
  bool returned = false, expected = false;
  {
    const ScarceMemory scarce(k, lasting);
    try {
      call();
      returned = true;
    } catch (const std::bad_alloc&) {
      expected = true;
    } catch (const IoError&) {
      expected = true;
    } catch (const FormatError&) {
      expected = true;  // without memory libzip reports that a file is not an archive
    } catch (...) {
    }
  }
  return {returned, expected, memory.fired(), memory.held};
}

}  // namespace

TEST_CASE(
    "saving: whichever allocation fails, the file is the old one or the new one, and a failed "
    "save throws") {
  Tally tally("saving, allocations that fail");
  const TemporaryDirectory directory;
  const auto path = directory / "run.npz";
  State old = state_of(1), next = state_of(2), later = state_of(3);
  for (const bool lasting : {false, true})
    for (long k = 1;; ++k) {
      save_checkpoint(path, old);
      const Outcome outcome = with_scarce_memory(k, lasting, [&] { save_checkpoint(path, next); });
      const auto held = version_in(path);
      const bool whole =
          outcome.returned ? held == 2 : outcome.expected && (held == 1 || held == 2);
      const bool clean = directory.files() == 1 && outcome.kept == 0;
      CHECK_MESSAGE(whole, "allocation ", k, ", lasting ", lasting, ", held ", held, ", returned ",
                    outcome.returned);
      CHECK_MESSAGE(clean, "allocation ", k, ", lasting ", lasting, ", files ", directory.files(),
                    ", kept ", outcome.kept);
      if (!outcome.fired) break;
      tally.add(whole && clean);
      REQUIRE(k < 10000);
    }
  CHECK(tally.cases() > 20);
  save_checkpoint(path, later);
  CHECK(version_in(path) == 3);
}

TEST_CASE("loading: whichever allocation fails, the object is as it was, or all of it is loaded") {
  Tally tally("loading, allocations that fail");
  const TemporaryDirectory directory;
  const auto path = directory / "run.npz";
  State saved = state_of(2);
  save_checkpoint(path, saved);
  for (const bool lasting : {false, true})
    for (long k = 1;; ++k) {
      State object = state_of(1);
      const Outcome outcome =
          with_scarce_memory(k, lasting, [&] { load_checkpoint(path, object); });
      const bool good = outcome.returned ? object.is(2) : outcome.expected && object.is(1);
      CHECK_MESSAGE(good, "allocation ", k, ", lasting ", lasting, ", returned ", outcome.returned);
      if (!outcome.fired) break;
      tally.add(good);
      REQUIRE(k < 10000);
    }
  CHECK(tally.cases() > 20);
}

TEST_CASE("saving: the memory used does not grow with the size of the object") {
  const TemporaryDirectory directory;
  State large;
  large.weights = Matrix<float>::Ones(2048, 2048);
  const ScarceMemory counting(0, false);
  save_checkpoint(directory / "run.npz", large);
  CHECK(memory.most_bytes > 1000);
  CHECK(memory.most_bytes < 100000);
}

TEST_CASE("sentence: without memory for the whole text it throws, it does not return a part") {
  const std::string part(3000, 'x');
  std::string text;
  long refused = 0;
  while (text.empty()) {
    const ScarceMemory scarce(refused + 1, false);
    try {
      text = sentence("a ", part, " b ", 7);
    } catch (const std::bad_alloc&) {
      ++refused;
    }
  }
  CHECK(text.size() == part.size() + 6);
  CHECK(refused > 0);
}

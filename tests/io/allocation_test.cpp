// Saving when memory is short: every allocation of the program goes through this file's operator
// new.
#include <doctest/doctest.h>

#include <cstdlib>
#include <new>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/core/random.hpp"
#include "hebb/io/checkpoint.hpp"
#include "hebb/rules/oja.hpp"
#include "tests/io/temporary_directory.hpp"

namespace {

long until_failure = -1;  // how many allocations succeed before one fails; negative: all do
std::size_t held = 0, most_held = 0;

/// Each block is preceded by its size.
constexpr std::size_t before = alignof(std::max_align_t);

void* allocate(std::size_t size) {
  if (until_failure >= 0 && until_failure-- == 0) throw std::bad_alloc();
  auto* const block = static_cast<std::size_t*>(std::malloc(before + size));
  if (!block) throw std::bad_alloc();
  *block = size;
  most_held = std::max(most_held, held += size);
  return reinterpret_cast<char*>(block) + before;
}

void release(void* memory) {
  if (!memory) return;
  auto* const block = reinterpret_cast<std::size_t*>(static_cast<char*>(memory) - before);
  held -= *block;
  std::free(block);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }

using namespace hebb;

namespace {

struct Large {
  Matrix<float> weights = Matrix<float>::Ones(2048, 2048);
  void each(auto&& visit) { visit("weights", weights); }
};

}  // namespace

TEST_CASE("sentence: without memory for the whole text it throws, it does not return a part") {
  const std::string part(3000, 'x');
  std::size_t refused = 0;
  for (long k = 0;; ++k) {
    until_failure = k;
    try {
      const std::string text = sentence("a ", part, " b ", 7);
      until_failure = -1;
      CHECK(text.size() == part.size() + 6);
      break;
    } catch (const std::bad_alloc&) {
      ++refused;
    }
  }
  CHECK(refused > 0);
}

TEST_CASE(
    "checkpoint: whichever allocation fails while it is saved, the last good file stays and the "
    "caller is told") {
  const TemporaryDirectory directory;
  const auto path = directory / "run.npz";
  const Oja<float, Adam> rule;
  auto state = rule.init({.pre = 4, .post = 3});
  save_checkpoint(path, Named{"layer", state});
  const auto good = read_file(path);
  state.weights.setRandom();
  std::size_t refused = 0;
  for (bool saved = false; !saved; ++refused) {
    until_failure = long(refused);
    try {
      save_checkpoint(path, Named{"layer", state});
      saved = true;
    } catch (const std::bad_alloc&) {
    }
    until_failure = -1;
    if (saved) break;
    CHECK(read_file(path) == good);
    CHECK(directory.files() == 1);
  }
  CHECK(refused > 50);
  auto loaded = rule.init({.pre = 4, .post = 3});
  load_checkpoint(path, Named{"layer", loaded});
  CHECK(loaded.weights == state.weights);
}

TEST_CASE("checkpoint: saving takes no memory by the size of what is saved") {
  const TemporaryDirectory directory;
  Large object;
  const std::size_t begin = most_held = held;
  save_checkpoint(directory / "run.npz", object);
  CHECK(most_held - begin < 100000);
}

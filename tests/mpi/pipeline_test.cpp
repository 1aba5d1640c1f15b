// Consecutive layers on consecutive ranks have the weights of one process, bit for bit.
#include "hebb/mpi/pipeline.hpp"

#include <doctest/doctest.h>

#include <utility>

#include "hebb/layers/dense.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/soft_hebb.hpp"
#include "tests/mpi/ranks.hpp"
#include "tests/products.hpp"

using namespace hebb;

namespace {

using Layer = Dense<SoftHebb<double>, Relu>;

template <std::size_t... k>
auto stack_of(std::index_sequence<k...>) {
  return Stack((void(k), Layer({.parameters = {.eta = 0.05}}, {.pre = 6, .post = 6}))...);
}

/// `count` of four layers, from number `first` on, trained in a row of ranks.
template <std::size_t first, std::size_t count>
void compare(const mpi::Communicator& ranks) {
  auto alone = stack_of(std::make_index_sequence<4>{});
  auto own = stack_of(std::make_index_sequence<count>{});
  alone.initialize({.seed = 1}, 2.0);
  mpi::Pipeline<double> row(ranks);
  row.initialize(own, first, Random{.seed = 1}, 2.0);
  for (std::uint32_t t = 0; t < 100; ++t) {
    const Matrix<double> x = Random{.seed = 2}.stream("x", t).normal<double>(6, 3 + Index(t % 2));
    alone.train(x);
    row.train(own, x);
  }
  const Matrix<double> last = Random{.seed = 2}.stream("last").normal<double>(6, 5);
  alone.forward(last);
  row.forward(own, last);
  own.for_each_layer([&](auto& layer, std::size_t k) {
    std::size_t matched = 0;
    alone.for_each_layer([&](auto& other, std::size_t l) {
      if (l != first + k) return;
      ++matched;
      CHECK((layer.state.weights.array() == other.state.weights.array()).all());
      CHECK((layer.response().array() == other.response().array()).all());
    });
    CHECK(matched == 1);
  });
}

}  // namespace

TEST_CASE("pipeline: four layers in a row of ranks have the bits of one process") {
  const mpi::Communicator ranks;
  const int r = ranks.rank();
  if (ranks.size() == 1) compare<0, 4>(ranks);
  if (ranks.size() == 2) r == 0 ? compare<0, 2>(ranks) : compare<2, 2>(ranks);
  if (ranks.size() == 3)
    r == 0 ? compare<0, 2>(ranks) : r == 1 ? compare<2, 1>(ranks) : compare<3, 1>(ranks);
  if (ranks.size() == 4)
    r == 0   ? compare<0, 1>(ranks)
    : r == 1 ? compare<1, 1>(ranks)
    : r == 2 ? compare<2, 1>(ranks)
             : compare<3, 1>(ranks);
}

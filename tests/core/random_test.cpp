#include "hebb/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "hebb/core/kernels/random_bytes.hpp"

using namespace hebb;

namespace {

/// sqrt(n) times Kolmogorov and Smirnov's distance of a sample from a distribution; above 1.95 once
/// in a thousand.
double distance(Matrix<double> sample, const auto& distribution) {
  std::sort(sample.data(), sample.data() + sample.size());
  double largest = 0;
  const double n = double(sample.size());
  for (Index i = 0; i < sample.size(); ++i) {
    const double f = distribution(sample(i));
    largest = std::max({largest, f - double(i) / n, double(i + 1) / n - f});
  }
  return std::sqrt(n) * largest;
}

double correlation(const Matrix<double>& a, const Matrix<double>& b) {
  const Matrix<double> x = a.array() - a.mean(), y = b.array() - b.mean();
  return x.cwiseProduct(y).sum() / (x.norm() * y.norm());
}

}  // namespace

TEST_CASE("random: Philox4x32-10 gives the three published known answers of Random123") {
  using Block = std::array<std::uint32_t, 4>;
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, {ones, ones}) ==
        Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE(
    "random: a number is a function of seed, stream, step and index alone, all bits of each") {
  const Random origin;
  std::set<std::array<std::uint32_t, 4>> seen{Random(origin).bits()};
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t wide = std::uint64_t{1} << bit;
    seen.insert(Random{.seed = wide}.bits());
    seen.insert(Random{.step = wide}.bits());
    seen.insert(Random{.index = wide}.bits());
    seen.insert(origin.stream("a", wide).bits());
  }
  CHECK(seen.size() == 1 + 4 * 64);
}

TEST_CASE(
    "random: the counter is (index, step) and the key is the seed, low words first; this must not "
    "change") {
  CHECK(Random{.seed = 0x200000001, .step = 0x500000004, .index = 0x700000006}.bits() ==
        philox({6, 7, 4, 5}, {1, 2}));
}

TEST_CASE("random: the index passes 2^32 without returning to the beginning") {
  Random random{.seed = 1, .index = 0xffffffff};
  random.bits();
  CHECK(random.bits() != Random{.seed = 1}.bits());
}

TEST_CASE("random: a stream is a function of the names and numbers on the way to it") {
  const Random random{.seed = 5, .step = 3, .index = 8};
  CHECK(random.stream("weights", 2).bits() == Random{.seed = 5}.stream("weights", 2).bits());
  std::set<std::uint64_t> ids{random.stream_id};
  for (const std::string_view name : {"weights", "feedback", "weights0", "weight", ""})
    for (std::uint64_t number = 0; number < 100; ++number) {
      ids.insert(random.stream(name, number).stream_id);
      ids.insert(random.stream("layer", number).stream(name).stream_id);
      ids.insert(random.stream(name).stream("layer", number + 1).stream_id);
    }
  CHECK(ids.size() == 1 + 5 * 100 * 3);
}

TEST_CASE("random: a copy draws the same numbers, and every draw advances by one") {
  Random a = Random{.seed = 5}.stream("six").at(7);
  a.normal<float>();
  Random b = a;
  CHECK(a.uniform<double>() == b.uniform<double>());
  CHECK(a.index == 2);
  CHECK(a.at(7).index == 0);
  CHECK(a.at(7).normal<float>() == Random{.seed = 5}.stream("six").at(7).normal<float>());
}

TEST_CASE("random: negative sizes are refused") {
  CHECK_THROWS_AS(Random{}.normal<float>(-1, 3), InvalidParameter);
  CHECK_THROWS_AS(Random{}.uniform<float>(3, -1), InvalidParameter);
  CHECK_THROWS_AS(Random{}.permutation(-1), InvalidParameter);
}

TEST_CASE("random: an element of a matrix depends on its place in memory alone") {
  const Matrix<float> narrow = Random{.seed = 1}.normal<float>(5, 3),
                      wide = Random{.seed = 1}.normal<float>(5, 8);
  CHECK(wide.leftCols(3) == narrow);
}

TEST_CASE(
    "random: uniform numbers fill [0, 1), never reach 1, and have the distribution they should") {
  const Matrix<double> u = Random{.seed = 2}.uniform<double>(100000, 1);
  CHECK(u.minCoeff() >= 0);
  CHECK(u.maxCoeff() < 1);
  CHECK(distance(u, [](double x) { return x; }) < 1.95);
  CHECK(Random{.seed = 3}.uniform<float>(1000000, 1).maxCoeff() < 1);
  const Matrix<double> shifted = Random{.seed = 2}.uniform<double>(1000, 1, -3, -1);
  CHECK(shifted.isApprox((2 * u.topRows(1000)).array().matrix() -
                         Matrix<double>::Constant(1000, 1, 3)));
}

TEST_CASE("random: normal numbers have the moments and the distribution they should") {
  const Matrix<double> z = Random{.seed = 4}.normal<double>(200000, 1);
  const double n = double(z.size());
  CHECK(std::abs(z.mean()) < 4 / std::sqrt(n));
  CHECK(std::abs(z.array().square().mean() - 1) < 4 * std::sqrt(2 / n));
  CHECK(std::abs(z.array().cube().mean()) < 4 * std::sqrt(15 / n));
  CHECK(std::abs(z.array().square().square().mean() - 3) < 4 * std::sqrt(96 / n));
  CHECK(distance(z, [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }) < 1.95);
}

TEST_CASE(
    "random: the two normal numbers of one block are uncorrelated, and so are their squares") {
  const Matrix<double> pairs = Random{.seed = 5}.normal<double>(2, 100000);
  CHECK(std::abs(correlation(pairs.row(0), pairs.row(1))) < 4 / std::sqrt(1e5));
  CHECK(std::abs(correlation(pairs.row(0).array().square(), pairs.row(1).array().square())) <
        4 / std::sqrt(1e5));
}

TEST_CASE("random: streams, steps and seeds next to each other are uncorrelated") {
  const auto draw = [](Random random) { return random.normal<double>(100000, 1); };
  const Matrix<double> z = draw({.seed = 1});
  for (const Random& neighbour : {Random{.seed = 2}, Random{.seed = 1}.stream(""),
                                  Random{.seed = 1, .step = 1}, Random{.seed = 1, .index = 1}})
    CHECK(std::abs(correlation(z, draw(neighbour))) < 4 / std::sqrt(1e5));
}

TEST_CASE("random: below(n) is uniform over 0 to n - 1, for small and for enormous n") {
  Random random{.seed = 6};
  Vector<double> counts = Vector<double>::Zero(10);
  for (int i = 0; i < 100000; ++i) counts(random.below(10)) += 1;
  CHECK((counts.array() - 1e4).square().sum() / 1e4 <
        27.9);  // chi-square, 9 degrees of freedom: above once in a thousand
  const Index enormous = std::numeric_limits<Index>::max();
  double mean = 0;
  for (int i = 0; i < 10000; ++i) mean += double(random.below(enormous)) / 1e4;
  CHECK(std::abs(mean / double(enormous) - 0.5) < 4 * std::sqrt(1.0 / 12 / 1e4));
  CHECK(random.below(1) == 0);
  CHECK_THROWS_AS(random.below(0), InvalidParameter);
}

TEST_CASE("random: bernoulli is true as often as it should, and at 0 and 1 without exception") {
  Random random{.seed = 7};
  int often = 0, never = 0, always = 0;
  for (int i = 0; i < 100000; ++i) {
    often += random.bernoulli(0.3);
    never += random.bernoulli(0);
    always += random.bernoulli(1);
  }
  CHECK(std::abs(often / 1e5 - 0.3) < 4 * std::sqrt(0.3 * 0.7 / 1e5));
  CHECK(never == 0);
  CHECK(always == 100000);
}

TEST_CASE(
    "random: a permutation holds every number once, and all six orders of three are equally "
    "frequent") {
  std::vector<Index> order = Random{.seed = 8}.permutation(1000);
  CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == Index(i));
  CHECK(Random{}.permutation(0).empty());

  Random random{.seed = 9};
  Vector<double> counts = Vector<double>::Zero(27);
  for (int i = 0; i < 60000; ++i) {
    const std::vector<Index> three = random.permutation(3);
    counts(9 * three[0] + 3 * three[1] + three[2]) += 1;
  }
  CHECK((counts.array() > 0).count() == 6);
  CHECK(((counts.array() > 0).select((counts.array() - 1e4).square(), 0)).sum() / 1e4 <
        20.5);  // 5 degrees of freedom
}

TEST_CASE("random: many bytes at once are the bits of one call after another") {
  // The index passes 2^32, and the last group of blocks is not full.
  Random one{.seed = 0x200000001, .stream_id = 7, .step = 0x500000004, .index = 0xfffffff5};
  const Index count = 2 * blocks_together + 3;
  std::vector<std::uint8_t> bytes(std::size_t(3 * blocks_together * bytes_per_block));
  random_bytes(one, count, bytes.data());
  std::size_t at = 0;
  for (Index block = 0; block < count; ++block)
    for (const std::uint32_t word : one.bits())
      for (int byte = 0; byte < 4; ++byte) CHECK(bytes[at++] == std::uint8_t(word >> (8 * byte)));
}

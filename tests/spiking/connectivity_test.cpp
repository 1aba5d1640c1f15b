#include "hebb/spiking/connectivity.hpp"

#include <doctest/doctest.h>

#include "hebb/spiking/rules/pair_stdp.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"

using namespace hebb;

TEST_CASE(
    "connectivity: a list is sorted by presynaptic, then postsynaptic neuron, and back again by "
    "post") {
  const Connections c = connect_list({.pre = 3, .post = 4}, {{2, 1}, {0, 3}, {2, 0}, {0, 1}});
  CHECK(c.first == std::vector<Index>{0, 2, 2, 4});
  CHECK(c.post == std::vector<std::int32_t>{1, 3, 0, 1});
  const ConnectionsByPost by_post(c);
  CHECK(by_post.first == std::vector<Index>{0, 1, 3, 3, 4});
  CHECK(by_post.pre == std::vector<std::int32_t>{2, 0, 2, 0});
  CHECK(by_post.synapse == std::vector<std::int32_t>{2, 0, 3, 1});
  const Matrix<double> m = to_matrix<double>(c, Vector<double>{{1, 2, 3, 4}});
  CHECK(m == Matrix<double>{{0, 0, 3}, {1, 0, 4}, {0, 0, 0}, {2, 0, 0}});
}

TEST_CASE("connectivity: all to all has the memory order of a post x pre matrix") {
  const Connections c = connect_all({.pre = 2, .post = 3});
  const Vector<double> values = Vector<double>::LinSpaced(6, 0, 5);
  CHECK(to_matrix<double>(c, values) == Matrix<double>(values.reshaped(3, 2)));
}

TEST_CASE(
    "connectivity: random connections have their probability, and depend on the seed and on "
    "nothing else") {
  const Connections c = connect_randomly({.pre = 1000, .post = 1000}, 0.1, {.seed = 1});
  CHECK(double(c.size()) == doctest::Approx(100000).epsilon(0.015));  // 5 standard deviations
  for (Index j = 0; j < 1000; ++j)
    for (Index k = c.begin(j) + 1; k < c.end(j); ++k)
      REQUIRE(c.post[std::size_t(k - 1)] < c.post[std::size_t(k)]);
  CHECK(c == connect_randomly({.pre = 1000, .post = 1000}, 0.1, {.seed = 1}));
  CHECK_FALSE(c == connect_randomly({.pre = 1000, .post = 1000}, 0.1, {.seed = 2}));
  CHECK(connect_randomly({.pre = 30, .post = 20}, 1, {}) == connect_all({.pre = 30, .post = 20}));
  CHECK(connect_randomly({.pre = 30, .post = 20}, 0, {}).size() == 0);
}

TEST_CASE("connectivity: every place is reached with the same probability") {
  std::vector<int> in(50, 0);
  const Connections c = connect_randomly({.pre = 20000, .post = 50}, 0.3, {.seed = 4});
  for (const std::int32_t i : c.post) ++in[std::size_t(i)];
  for (const int count : in) CHECK(std::abs(count - 6000) < 5 * std::sqrt(20000 * 0.3 * 0.7));
}

TEST_CASE("connectivity: the probability of a connection is that of the profile at its distance") {
  std::vector<double> pre(4000, 10.0), post{10, 20, 40};
  const Connections c =
      connect_by_distance(pre, post, [](double d) { return std::exp(-d * d / 400); }, {.seed = 1});
  std::vector<double> in(3, 0);
  for (const std::int32_t i : c.post) in[std::size_t(i)] += 1 / 4000.0;
  CHECK(in[0] == doctest::Approx(1));
  CHECK(in[1] == doctest::Approx(std::exp(-0.25)).epsilon(0.05));
  CHECK(in[2] == doctest::Approx(std::exp(-2.25)).epsilon(0.2));
}

TEST_CASE("connectivity: autapses are removed, all other connections stay") {
  const Connections c = without_autapses(connect_all({.pre = 5, .post = 5}));
  CHECK(c.size() == 20);
  c.for_each([](Index j, Index i, Index) { CHECK(i != j); });
}

TEST_CASE("connectivity: a target outside the shape, or out of order, is refused") {
  const auto to = [](std::vector<Index> targets) {
    return connect({.pre = 1, .post = 3}, [&](Index, const auto& add) {
      for (const Index i : targets) add(i);
    });
  };
  CHECK(to({0, 2}).size() == 2);
  CHECK_THROWS_AS(to({3}), ShapeError);
  CHECK_THROWS_AS(to({-1}), ShapeError);
  CHECK_THROWS_AS(to({Index(1) << 32}), ShapeError);  // 0 in 32 bits
  CHECK_THROWS_AS(to({1, 1}), InvalidParameter);
  CHECK_THROWS_AS(to({2, 0}), InvalidParameter);
  const std::vector<double> places{0, 1};
  for (const double p : {-0.1, 1.1, std::nan("")})
    CHECK_THROWS_AS(connect_by_distance(places, places, [&](double) { return p; }, {}),
                    InvalidParameter);
}

TEST_CASE("connectivity: connections that were filled by hand are checked wherever they are used") {
  const Connections good = connect_all({.pre = 3, .post = 4});
  const auto refused = [&]<typename Error>(const auto& change, Error*) {
    Connections bad = good;
    change(bad);
    CHECK_THROWS_AS(bad.check(), Error);
    CHECK_THROWS_AS(PairStdp<float>{}.init(bad), Error);
    CHECK_THROWS_AS(SparsePairStdp<float>{}.init(bad), Error);
    CHECK_THROWS_AS(without_autapses(bad), Error);
    CHECK_THROWS_AS(to_matrix<float>(bad, Vector<float>::Zero(bad.size())), Error);
  };
  ShapeError* const shape = nullptr;
  InvalidParameter* const order = nullptr;
  good.check();
  refused([](auto& c) { c.post[5] = 4; }, shape);
  refused([](auto& c) { c.post[5] = -1; }, shape);
  refused([](auto& c) { c.first.pop_back(); }, shape);
  refused([](auto& c) { c.first[1] = 100; }, shape);
  refused([](auto& c) { c.first[2] = 3; }, shape);
  refused([](auto& c) { c.post.pop_back(); }, shape);
  refused([](auto& c) { std::swap(c.post[1], c.post[2]); }, order);
  refused([](auto& c) { c.post[2] = c.post[1]; }, order);
}

TEST_CASE("connectivity: invalid lists and probabilities are refused") {
  CHECK_THROWS_AS(connect_list({.pre = 2, .post = 2}, {{0, 2}}), InvalidParameter);
  CHECK_THROWS_AS(connect_list({.pre = 2, .post = 2}, {{-1, 0}}), InvalidParameter);
  CHECK_THROWS_AS(connect_list({.pre = 2, .post = 2}, {{0, 1}, {0, 1}}), InvalidParameter);
  CHECK_THROWS_AS(connect_randomly({.pre = 2, .post = 2}, 1.5, {}), InvalidParameter);
  CHECK_THROWS_AS(to_matrix<double>(connect_all({.pre = 2, .post = 2}), Vector<double>::Zero(3)),
                  ShapeError);
}

TEST_CASE(
    "connectivity: a fixed in-degree gives every neuron that many different partners, each with "
    "the same probability") {
  const Connections c = connect_fixed_in_degree({.pre = 50, .post = 2000}, 7, {.seed = 1});
  std::vector<Index> in(2000), out(50);
  c.for_each([&](Index j, Index i, Index) { ++in[std::size_t(i)], ++out[std::size_t(j)]; });
  CHECK(std::all_of(in.begin(), in.end(), [](Index n) { return n == 7; }));
  // Mean 280, standard deviation 15.5.
  CHECK(std::all_of(out.begin(), out.end(), [](Index n) { return n > 220 && n < 340; }));
  CHECK(connect_fixed_in_degree({.pre = 4, .post = 3}, 4, {}) ==
        connect_all({.pre = 4, .post = 3}));
  CHECK_THROWS_AS(connect_fixed_in_degree({.pre = 4, .post = 3}, 5, {}), InvalidParameter);
}

TEST_CASE("connectivity: every pattern makes the connections that its name states") {
  const Shape shape{.pre = 30, .post = 30};
  const Random random{.seed = 2};
  CHECK(All{}(shape, random) == connect_all(shape));
  CHECK(Randomly{0.3}(shape, random) == connect_randomly(shape, 0.3, random));
  CHECK(FixedInDegree{3}(shape, random).size() == 90);
  CHECK(Pairs{{{2, 1}, {0, 5}}}(shape, random).size() == 2);
  OneToOne{}(shape, random).for_each([](Index j, Index i, Index k) { CHECK((i == j && k == j)); });
  CHECK_THROWS_AS(OneToOne{}({.pre = 2, .post = 3}, random), ShapeError);
  const std::vector<double> places(30, 1.0);
  const auto near = [](double distance) { return distance < 0.5 ? 1.0 : 0.0; };
  CHECK(ByDistance<decltype(near)>{places, places, near}(shape, random) == connect_all(shape));
  CHECK_THROWS_AS((ByDistance<decltype(near)>{places, {1}, near}(shape, random)), ShapeError);
}

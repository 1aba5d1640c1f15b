// Every rank holds a shard of each batch: the weights are those of one process with the whole
// batch.
#include "hebb/mpi/data_parallel.hpp"

#include <doctest/doctest.h>

#include "hebb/core/initialization.hpp"
#include "hebb/layers/batch_norm.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/anti_hebbian.hpp"
#include "hebb/rules/bcm.hpp"
#include "hebb/rules/covariance.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/homeostatic_scaling.hpp"
#include "hebb/rules/instar.hpp"
#include "hebb/rules/krotov_hopfield.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "hebb/rules/oja_subspace.hpp"
#include "hebb/rules/sanger.hpp"
#include "hebb/rules/soft_hebb.hpp"
#include "tests/mpi/arrays.hpp"
#include "tests/mpi/ranks.hpp"
#include "tests/products.hpp"

using namespace hebb;

namespace {

constexpr Index samples = 13, steps = 100, block = 6;
constexpr Shape shape{.pre = 7, .post = 7};

/// The columns of this rank, of every view.
template <typename Scalar>
Matrix<Scalar> shard_of(const Matrix<Scalar>& whole, Index views, const mpi::Communicator& ranks) {
  const Index columns = whole.cols() / views;
  const auto [begin, count] = uneven_shard(columns, ranks);
  Matrix<Scalar> part(whole.rows(), views * count);
  for (Index v = 0; v < views; ++v)
    part.middleCols(v * count, count) = whole.middleCols(v * columns + begin, count);
  return part;
}

/// One step with the rates of rectified linear neurons.
template <typename Rule>
void step(const Rule& rule, const Matrix<typename Rule::Scalar>& pre, Index places,
          typename Rule::State& state) {
  using Scalar = typename Rule::Scalar;
  const Matrix<Scalar> drive = state.weights * pre;
  rule.update(pre,
              Response<Scalar>(drive.cwiseMax(Scalar(-0.2)),
                               (drive.array() > Scalar(-0.2)).template cast<Scalar>(), places),
              state);
}

/// The largest relative difference of the saved arrays from those of one process.
template <typename Rule>
double difference(const Rule& rule, Index views = 1, Index places = 1) {
  using Scalar = typename Rule::Scalar;
  const mpi::Communicator ranks;
  const mpi::DataParallel<Rule> parallel(rule, ranks);
  auto alone = rule.init(shape);
  alone.weights =
      Random{.seed = 1}.uniform<Scalar>(shape.post, shape.pre, Scalar(-0.5), Scalar(0.5));
  auto shared = parallel.init(shape);
  shared.weights = alone.weights;
  for (std::uint32_t t = 0; t < steps; ++t) {
    Matrix<Scalar> pre =
        Random{.seed = 2}.stream("pre", t).normal<Scalar>(shape.pre, samples * views * places);
    pre.array() += Scalar(0.5);
    // The columns of a sample stay together: its places are rows here.
    const Matrix<Scalar> own = shard_of<Scalar>(
        Eigen::Map<const Matrix<Scalar>>(pre.data(), shape.pre * places, samples * views), views,
        ranks);
    const Eigen::Map<const Matrix<Scalar>> columns(own.data(), shape.pre, own.cols() * places);
    step(rule, pre, places, alone);
    step(parallel, columns, places, shared);
  }
  rule.forget(alone);
  parallel.forget(shared);
  CHECK(same_on_all_ranks(shared, ranks));
  return largest_difference(saved_arrays(alone), saved_arrays(shared));
}

}  // namespace

TEST_CASE("data parallel: additive rules, in double") {
  CHECK(difference(Hebbian<double>{.parameters = {.eta = 1e-3}}) <= 1e-12);
  CHECK(difference(DifferentialHebbian<double, BothChangeWithDecay>{}) <= 1e-12);
  CHECK(difference(Oja<double>{}) <= 1e-12);
  CHECK(difference(OjaSubspace<double>{}) <= 1e-12);
  CHECK(difference(Sanger<double>{}) <= 1e-12);
  CHECK(difference(Instar<double>{}) <= 1e-12);
  CHECK(difference(KrotovHopfield<double, Plain>{}) <= 1e-12);
  CHECK(difference(SoftHebb<double>{}) <= 1e-12);
  CHECK(difference(SoftHebb<double, SoftAntiHebbian, AdaptiveEta>{}) <= 1e-12);
  CHECK(difference(LinearAntiHebbian<double>{}) <= 1e-12);
}

TEST_CASE("data parallel: rules with statistics of the batch, in double") {
  CHECK(difference(Bcm<double>{}) <= 1e-12);
  CHECK(difference(HomeostaticScaling<double, ProportionalIntegral>{}) <= 1e-12);
  CHECK(difference(Covariance<double>{.parameters = {.eta = 1e-3, .tau = 3}}) <= 1e-12);
  CHECK(difference(Lpl<double>{}) <= 1e-12);
  CHECK(difference(Lpl<double, Symmetric>{}, 2) <= 1e-12);
  CHECK(difference(Lpl<double, Symmetric>{}, 2, 3) <= 1e-12);
  CHECK(difference(Lpl<double, Causal, Plain, PreviousBatchStatistics>{}) <= 1e-12);
  CHECK(difference(Lpl<double, Causal, Plain, RunningStatistics>{.statistics = {.tau = 5}}) <=
        1e-12);
}

TEST_CASE("data parallel: in float") {
  CHECK(difference(Oja<float>{}) <= 1e-6);
  CHECK(difference(SoftHebb<float>{}) <= 1e-6);
  CHECK(difference(Bcm<float>{}) <= 1e-6);
  CHECK(difference(Lpl<float>{}) <= 1e-6);
  CHECK(difference(Lpl<float, Symmetric>{}, 2) <= 1e-6);
}

TEST_CASE("data parallel: a stack of a convolution and a dense layer, with changes on the way") {
  using Rule = Lpl<double, Symmetric>;
  using Parallel = mpi::DataParallel<Rule, mpi::Overlapped>;
  const mpi::Communicator ranks;
  const convolution::Geometry geometry{.input = {.channels = 2, .width = 6, .height = 6},
                                       .channels = 5,
                                       .kernel = 3,
                                       .padding = 1,
                                       .pool = 2};
  const Shape dense{.pre = geometry.output().size(), .post = 6};
  const Rule rule{.parameters = {.eta = 1e-2}};
  Stack alone(Conv2d<Rule>(rule, geometry), Dense<Rule, Relu>(rule, dense));
  Stack shared(Conv2d<Parallel>({rule, ranks}, geometry),
               Dense<Parallel, Relu>({rule, ranks}, dense)),
      by_blocks(Conv2d<Parallel>({rule, ranks, mpi::Blocks{1}}, geometry),
                Dense<Parallel, Relu>({rule, ranks, mpi::Blocks{1}}, dense));
  alone.initialize({.seed = 3}, 2.0);
  shared.initialize({.seed = 3}, 2.0);
  by_blocks.initialize({.seed = 3}, 2.0);
  for (std::uint32_t t = 0; t < steps; ++t) {
    const Matrix<double> x =
        Random{.seed = 4}.stream("x", t).normal<double>(geometry.input.size(), 2 * samples);
    alone.train(x);
    mpi::train(shared, ranks, shard_of(x, 2, ranks));
    mpi::train(by_blocks, ranks, shard_of(x, 2, ranks));
  }
  const auto compare = [](const Matrix<double>& value, const Matrix<double>& expected) {
    return (value - expected).norm() / expected.norm();
  };
  for (auto* stack : {&shared, &by_blocks}) {
    CHECK(compare(stack->layer<0>().state.weights, alone.layer<0>().state.weights) <= 1e-12);
    CHECK(compare(stack->layer<1>().state.weights, alone.layer<1>().state.weights) <= 1e-12);
    CHECK(same_on_all_ranks(*stack, ranks));
  }
}

TEST_CASE("data parallel: batch normalisation by the statistics of all shards") {
  const mpi::Communicator ranks;
  const ImageShape shape_of_images{.channels = 3, .width = 4, .height = 5};
  const Matrix<double> x = Random{.seed = 5}.normal<double>(shape_of_images.size(), samples);
  Images<double> whole, part;
  whole.assign(shape_of_images, x);
  part.assign(shape_of_images, shard_of(x, 1, ranks));
  BatchNorm<double> alone(3), shared(3);
  Matrix<double> expected, result;
  alone.train(whole).matrix(expected);
  shared.train(part, mpi::Share(ranks, part.samples() * shape_of_images.places(), {}))
      .matrix(result);
  expected = shard_of(
      Matrix<double>(Eigen::Map<Matrix<double>>(expected.data(), shape_of_images.size(), samples)),
      1, ranks);
  CHECK((Eigen::Map<Vector<double>>(result.data(), result.size()) -
         Eigen::Map<Vector<double>>(expected.data(), expected.size()))
            .norm() <= 1e-12 * expected.norm());
  CHECK((shared.variance - alone.variance).norm() <= 1e-12 * alone.variance.norm());
}

namespace {

/// The hash of a stack after some steps over these ranks, whose shards are whole blocks. Of five
/// blocks, the last of which is short, the last rank has most.
template <typename Scalar>
std::uint64_t digest_by_blocks(auto stack, Index pre, Index views, const mpi::Communicator& ranks) {
  constexpr Index columns = 28;
  const bool is_last = ranks.rank() + 1 == ranks.size();
  const Index begin = block * ranks.rank(), count = is_last ? columns - begin : block;
  stack.initialize({.seed = 7}, Scalar(1));
  for (std::uint32_t t = 0; t < 5; ++t) {
    const Matrix<Scalar> x = Random{.seed = 8}.stream("x", t).normal<Scalar>(pre, views * columns);
    Matrix<Scalar> own(pre, views * count);
    for (Index view = 0; view < views; ++view)
      own.middleCols(view * count, count) = x.middleCols(view * columns + begin, count);
    mpi::train(stack, ranks, own);
  }
  stack.forget();
  stack.for_each_layer([](auto& layer, std::size_t) { REQUIRE(layer.state.weights.allFinite()); });
  return digest(stack);
}

/// make(ranks) is a stack whose rules share their batches over these ranks.
template <typename Scalar>
bool same_bits_by_blocks(const auto& make, Index pre, Index views) {
  const mpi::Communicator ranks, alone(MPI_COMM_SELF);
  return digest_by_blocks<Scalar>(make(ranks), pre, views, ranks) ==
         digest_by_blocks<Scalar>(make(alone), pre, views, alone);
}

template <typename Rule>
bool same_bits_by_blocks(const Rule& rule) {
  constexpr Index views = [] {
    if constexpr (requires { Rule::views; }) return Rule::views;
    return Index(1);
  }();
  const auto make = [&](const mpi::Communicator& ranks) {
    return Stack(Dense<mpi::DataParallel<Rule>, Relu>({rule, ranks, mpi::Blocks{block}},
                                                      {.pre = 70, .post = 70}));
  };
  return same_bits_by_blocks<typename Rule::Scalar>(make, 70, views);
}

}  // namespace

TEST_CASE("data parallel by blocks: the bits of one rank, with 1 to 4 ranks") {
  CHECK(same_bits_by_blocks(Oja<float>{}));
  CHECK(same_bits_by_blocks(Sanger<float>{}));
  CHECK(same_bits_by_blocks(SoftHebb<float, SoftAntiHebbian, AdaptiveEta>{}));
  CHECK(same_bits_by_blocks(Bcm<float>{}));
  CHECK(same_bits_by_blocks(Lpl<float>{}));
  CHECK(same_bits_by_blocks(Lpl<float, Symmetric>{}));
  CHECK(same_bits_by_blocks(Lpl<double, Causal, Plain, RunningStatistics>{}));
}

TEST_CASE("data parallel by blocks: convolutions, by each of their kernels, and a dense layer") {
  using Rule = mpi::DataParallel<Lpl<float, Symmetric>>;
  using Layer = Conv2d<Rule>;
  const auto make = [](const mpi::Communicator& ranks) {
    const Rule rule({.parameters = {.eta = 1e-2f}}, ranks, mpi::Blocks{block});
    return Stack(Layer(rule, {.input = {2, 8, 8}, .channels = 8}),   // few channels
                 Layer(rule, {.input = {8, 8, 8}, .channels = 80}),  // Winograd's scheme
                 Layer(rule, {.input = {80, 8, 8}, .channels = 16, .pool = 2}),
                 Layer(rule, {.input = {16, 4, 4}, .channels = 6, .pool = 4}),  // general
                 Dense<Rule, Relu>(rule, {.pre = 6, .post = 5}));
  };
  CHECK(same_bits_by_blocks<float>(make, 2 * 8 * 8, 2));
}

TEST_CASE("data parallel by blocks: a convolution with a factor per place, or a presynaptic one") {
  const auto same = [](const auto& rule) {
    const auto make = [&](const mpi::Communicator& ranks) {
      using Parallel = mpi::DataParallel<std::remove_cvref_t<decltype(rule)>>;
      return Stack(Conv2d<Parallel, Relu, PerPlace>({rule, ranks, mpi::Blocks{block}},
                                                    {.input = {2, 5, 5}, .channels = 6}));
    };
    return same_bits_by_blocks<double>(make, 2 * 5 * 5, 1);
  };
  CHECK(same(Oja<double>{}));
  CHECK(same(Covariance<double>{.parameters = {.eta = 1e-3}}));
}

TEST_CASE("data parallel: the same bits from run to run") {
  const mpi::DataParallel<Oja<float>> rule{Oja<float>{}};
  auto first = rule.init(shape), second = first;
  for (auto* state : {&first, &second})
    for (std::uint32_t t = 0; t < 10; ++t) {
      Random random =
          Random{.seed = 6}.stream("x", t).stream("rank", std::uint64_t(rule.ranks.rank()));
      const Matrix<float> pre = random.normal<float>(shape.pre, 5);
      rule.update(pre, random.normal<float>(shape.post, 5), *state);
    }
  CHECK(digest(first) == digest(second));
}

TEST_CASE("data parallel: a checkpoint's arrays have the names of the rule's") {
  const mpi::DataParallel<Oja<double>> parallel{Oja<double>{}};
  auto shared = parallel.init(shape);
  auto alone = Oja<double>{}.init(shape);
  CHECK(digest(shared) == digest(alone));
}

TEST_CASE("data parallel by blocks: what does not fit is one sentence") {
  const mpi::Communicator ranks;
  CHECK_THROWS_WITH_AS(
      mpi::DataParallel(DifferentialHebbian<double, BothChangeWithDecay>{}, ranks, mpi::Blocks{2}),
      "hebb::mpi: DifferentialHebbian has a presynaptic factor and a decay: it cannot learn by "
      "blocks",
      InvalidParameter);
  CHECK_THROWS_WITH_AS(mpi::DataParallel(Oja<double>{}, ranks, mpi::Blocks{-1}),
                       "hebb::mpi: blocks must have >= 0 samples, got -1", InvalidParameter);
  CHECK_THROWS_WITH_AS(mpi::shard(8, ranks, 0),
                       "hebb::mpi: 8 columns in blocks of 0 have no shards", InvalidParameter);
  if (ranks.size() == 1) return;
  const mpi::DataParallel<Oja<double>> rule(Oja<double>{}, ranks, mpi::Blocks{4});
  auto state = rule.init(shape);
  CHECK_THROWS_WITH_AS(
      rule.update(Matrix<double>::Ones(shape.pre, 5), Matrix<double>::Ones(shape.post, 5), state),
      "hebb::mpi: the shard of rank 0 has 5 columns per view, which are not whole blocks of 4",
      ShapeError);
}

TEST_CASE("data parallel: bad input is one sentence, on all ranks") {
  const mpi::Communicator ranks;
  CHECK(message_before_mpi ==
        "hebb::mpi: MPI is not initialised: make an mpi::Environment, or call MPI_Init, before a "
        "Communicator");
  if (ranks.size() == 1) return;
  const mpi::DataParallel<Oja<double>> rule{Oja<double>{}};
  const int last = ranks.size() - 1;
  const bool is_last = ranks.rank() == last;
  auto state = rule.init(shape);
  const Index columns = is_last ? 0 : 4;
  const auto empty = sentence("hebb::mpi: the shard of rank ", last,
                              " is empty: every rank needs at least one column of a batch");
  CHECK_THROWS_WITH_AS(rule.update(Matrix<double>::Ones(shape.pre, columns),
                                   Matrix<double>::Ones(shape.post, columns), state),
                       empty.c_str(), ShapeError);
  auto other = rule.init({.pre = is_last ? 5 : 7, .post = 7});
  const auto another =
      sentence("hebb::mpi: rank ", last, " learns weights of 7 x 5, rank 0 of 7 x 7");
  CHECK_THROWS_WITH_AS(
      rule.update(Matrix<double>::Ones(other.weights.cols(), 4), Matrix<double>::Ones(7, 4), other),
      another.c_str(), ShapeError);
  using Overlapped = mpi::DataParallel<Oja<double>, mpi::Overlapped>;
  const Overlapped later{Oja<double>{}};
  auto open = later.init(shape);
  later.update(Matrix<double>::Ones(shape.pre, 4), Matrix<double>::Ones(shape.post, 4), open);
  CHECK_THROWS_AS(Overlapped::State{open}, InvalidCall);
  CHECK(open.weights.isZero());
  later.settle(open);
  CHECK(!open.weights.isZero());
}

#include "hebb/io/checkpoint.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/core/optimizer/clipped.hpp"
#include "hebb/core/random.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "tests/files.hpp"

using namespace hebb;

namespace {

/// A run in which every step depends on the whole state: weights, Adam's moments and step, the
/// schedule, the random counter.
struct Run {
  Oja<float, Adam> rule{.optimizer = {.schedule = {.warmup = 5, .total = 40}}};
  Oja<float, Adam>::State state = rule.init({.pre = 4, .post = 2});
  Random random{.seed = 3};

  void train(int steps) {
    for (int i = 0; i < steps; ++i) {
      const Matrix<float> x = random.normal<float>(4, 8), y = (state.weights * x).array() + 0.1f;
      rule.update(x, y, state);
    }
  }

  void each(auto&& visit) {
    Named{"rule", state}.each(visit);
    Named{"random", random}.each(visit);
  }
};

/// Arrays of one type, of any shape, under the names they are given.
template <typename Value>
struct Holder {
  std::string name;
  Value value;
  void each(auto&& visit) { visit(name, value); }
};

struct Many {
  std::vector<float> values;
  void each(auto&& visit) {
    for (std::size_t i = 0; i < values.size(); ++i) visit(std::to_string(i), values[i]);
  }
};

std::string complaint(const std::filesystem::path& path, auto&&... objects) {
  try {
    load_checkpoint(path, objects...);
  } catch (const std::exception& error) {
    return std::string(error.what()).substr(path.string().size());
  }
  return "";
}

}  // namespace

TEST_CASE("checkpoint: a resumed run equals the uninterrupted one, bit for bit") {
  const TemporaryDirectory directory;
  const auto path = directory / "run.npz";
  Run uninterrupted;
  uninterrupted.train(30);
  for (const int stop : {0, 1, 7, 29, 30}) {
    Run first, second;
    first.train(stop);
    save_checkpoint(path, first);
    second.train(3);  // the state before loading does not matter
    load_checkpoint(path, second);
    CHECK(digest(second) == digest(first));
    second.train(30 - stop);
    CHECK(digest(second) == digest(uninterrupted));
    CHECK(second.state.weights == uninterrupted.state.weights);
  }
  CHECK(directory.files() == 1);
}

TEST_CASE(
    "checkpoint: several objects share a file, each under its name, and NumPy's names are "
    "rule.weights and so on") {
  const TemporaryDirectory directory;
  Run run;
  run.train(2);
  save_checkpoint(directory / "run.npz", Named{"rule", run.state}, Named{"random", run.random});
  Run other;
  load_checkpoint(directory / "run.npz", other);
  CHECK(digest(other) == digest(run));
  const NpzArrays arrays = read_npz(directory / "run.npz");
  CHECK(from_npy<Matrix<float>>(arrays.at("rule.weights"), "rule.weights") == run.state.weights);
  CHECK(from_npy<std::uint64_t>(arrays.at("random.index"), "random.index") == run.random.index);
}

TEST_CASE("checkpoint: equal states give equal files") {
  const TemporaryDirectory directory;
  Run run;
  save_checkpoint(directory / "a.npz", run);
  save_checkpoint(directory / "b.npz", run);
  CHECK(read_file(directory / "a.npz") == read_file(directory / "b.npz"));
}

TEST_CASE(
    "checkpoint: every flipped bit and every truncation is detected, and the object does not "
    "change") {
  Holder<Vector<float>> saved{"weights", Vector<float>{{1, 2}}},
      object{"weights", Vector<float>{{8, 9}}};
  const auto whole = format_checkpoint(saved);
  const auto refused = [&](std::span<const std::byte> bytes) {
    try {
      parse_checkpoint(bytes, "x.npz", object);
    } catch (const FormatError&) {
      return object.value == Vector<float>{{8, 9}};
    }
    return false;
  };
  std::size_t seen = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    auto damaged = whole;
    damaged[bit / 8] ^= std::byte(1 << (bit % 8));
    seen += refused(damaged);
  }
  CHECK(seen == 8 * whole.size());
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK_MESSAGE(refused(std::span(whole).first(length)), length);
  auto longer = whole;
  longer.push_back(std::byte{0});
  CHECK(refused(longer));
  CHECK_FALSE(refused(whole));
}

TEST_CASE(
    "checkpoint: another structure is refused with the name and both shapes, and nothing has "
    "changed") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npz";
  Holder<double> rate{"rate", 0.5};
  Holder<Matrix<float>> weights{"weights", Matrix<float>::Ones(2, 3)},
      wider{"weights", Matrix<float>::Zero(2, 4)}, renamed{"w", Matrix<float>::Zero(2, 3)};
  Holder<Matrix<double>> finer{"weights", Matrix<double>::Zero(2, 3)};
  Holder<Vector<float>> flat{"weights", Vector<float>::Zero(6)};
  save_checkpoint(path, rate, weights);

  rate.value = 7;  // comes first, and must still be 7 after each failure
  CHECK(complaint(path, rate, wider) == ": weights is f4 (2, 3), the object has f4 (2, 4)");
  CHECK(complaint(path, rate, finer) == ": weights is f4 (2, 3), the object has f8 (2, 3)");
  CHECK(complaint(path, rate, flat) == ": weights is f4 (2, 3), the object has f4 (6,)");
  CHECK(complaint(path, rate, renamed) == " has no array w");
  CHECK(complaint(path, rate) == " has an array that the object does not have: weights");
  CHECK(complaint(path, rate, weights, weights) == " has no array weights");
  CHECK_THROWS_AS(load_checkpoint(path, rate, wider), ShapeError);
  CHECK(rate.value == 7);
  CHECK(wider.value.isZero(0));
}

TEST_CASE(
    "checkpoint: a file says which rule, policies and optimiser it is of, and another is refused "
    "by name") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npz";
  const Shape shape{.pre = 3, .post = 2};
  auto hebbian = Hebbian<float>{}.init(shape);
  auto oja = Oja<float>{}.init(shape);
  auto adam = Oja<float, Adam>{}.init(shape);
  auto clipped = Oja<float, Clipped<Plain>>{}.init(shape);
  save_checkpoint(path, Named{"layer0", hebbian});
  CHECK(complaint(path, Named{"layer0", oja}) ==
        " holds layer0.rule = Hebbian, the object has Oja");
  CHECK(complaint(path, Named{"layer0", hebbian}) == "");
  CHECK(from_npy<std::string>(read_npz(path).at("layer0.rule"), "rule") == "Hebbian");
  save_checkpoint(path, oja);
  CHECK(complaint(path, adam) == " holds optimizer = Plain, the object has Adam");
  CHECK(complaint(path, clipped) == " says nothing of optimizer.clipped, the object has Clipped");
  auto causal = Lpl<float>{}.init(shape);
  auto symmetric = Lpl<float, Symmetric, Plain, RunningStatistics>{}.init(shape);
  save_checkpoint(path, causal);
  CHECK(complaint(path, symmetric) ==
        " holds rule = Lpl<Causal, BatchStatistics>, the object has Lpl<Symmetric, "
        "RunningStatistics>");
  Holder<Matrix<float>> without{
      "weights", Matrix<float>::Ones(2, 3)};  // a rule of a user's own needs no label
  save_checkpoint(path, without);
  CHECK(complaint(path, without) == "");
}

TEST_CASE(
    "checkpoint: the arrays of a sequence, empty in a new object, take the saved shape; filled "
    "ones are not emptied") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npz";
  Holder<Matrix<float>> lively{"previous", Matrix<float>::Ones(2, 3)},
      fresh{"previous", Matrix<float>(2, 0)};
  Holder<Matrix<float>> taller{"previous", Matrix<float>(4, 0)};
  save_checkpoint(path, lively);
  load_checkpoint(path, fresh);
  CHECK(fresh.value == lively.value);
  CHECK(complaint(path, taller) == ": previous is f4 (2, 3), the object has f4 (4, 0)");
  fresh.value.resize(0, 0);
  save_checkpoint(path, fresh);
  CHECK_THROWS_AS(load_checkpoint(path, lively), ShapeError);
}

TEST_CASE("checkpoint: the arrays of a sequence have the number of neurons from the start") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npz";
  const auto refused = [&](const auto& rule, std::string_view array) {
    auto learned = rule.init({.pre = 3, .post = 2}), other = rule.init({.pre = 3, .post = 2});
    const Matrix<float> x = Matrix<float>::Ones(3, 4), z = Matrix<float>::Ones(2, 4);
    rule.update(x, Response<float>(z, z), learned);
    save_checkpoint(path, learned);
    CHECK(complaint(path, other) == "");
    auto taller = rule.init({.pre = 5, .post = 6});
    taller.weights = learned.weights;  // only the memory of the sequence tells the two apart
    return complaint(path, taller).starts_with(sentence(": ", array, " is f4 "));
  };
  CHECK(refused(Lpl<float>{}, "mean"));
  CHECK(refused(Lpl<float, Causal, Plain, RunningStatistics>{}, "mean"));
  CHECK(refused(DifferentialHebbian<float>{}, "previous_pre"));
}

TEST_CASE("checkpoint: a disk that refuses and a diverged state leave the last good checkpoint") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npz";
  Holder<Vector<double>> object{"weights", Vector<double>::Ones(1000)};
  save_checkpoint(path, object);
  const auto good = read_file(path);

  object.value(3) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(save_checkpoint(path, object), "weights holds nan at row 3, column 0",
                       NonFinite);

  object.value.setZero();
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t limit : {rlim_t(0), rlim_t(1), rlim_t(4096), rlim_t(good.size() - 1)}) {
    const rlimit tight{limit, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &tight);
    CHECK_THROWS_AS(save_checkpoint(path, object), IoError);
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);

  CHECK(read_file(path) == good);
  CHECK(directory.files() == 1);
}

TEST_CASE("checkpoint: whatever can be saved can be loaded: 65,536 arrays, and no more are saved") {
  Many saved, loaded;
  for (const std::size_t count : {std::size_t(1025), checkpoint::most_arrays}) {
    saved.values.assign(count, 2.5f);
    saved.values.back() = 7;
    loaded.values.assign(count, 0);
    parse_checkpoint(format_checkpoint(saved), "x.npz", loaded);
    CHECK(loaded.values == saved.values);
  }
  saved.values.push_back(1);
  CHECK_THROWS_AS(format_checkpoint(saved), InvalidParameter);
}

TEST_CASE("checkpoint: names must be valid and different") {
  const TemporaryDirectory directory;
  Holder<double> a{"x", 1}, b{"x", 2};
  CHECK_THROWS_WITH_AS(save_checkpoint(directory / "x.npz", a, b),
                       "checkpoint: two arrays are called x", InvalidParameter);
  for (const char* name : {"", "a/b", "a b", "\xc3\xa9"}) {
    Holder<double> unfit{name, 1};
    CHECK_THROWS_AS(save_checkpoint(directory / "x.npz", unfit), InvalidParameter);
  }
  CHECK(directory.files() == 0);
}

TEST_CASE(
    "checkpoint: a .npz that is not a checkpoint, and a file that is not there, are errors of "
    "their own") {
  const TemporaryDirectory directory;
  Holder<double> object{"x", 1};
  write_npz(directory / "x.npz", {{"x", to_npy(2.0)}});
  CHECK_THROWS_AS(load_checkpoint(directory / "x.npz", object), FormatError);
  CHECK_THROWS_AS(load_checkpoint(directory / "absent.npz", object), IoError);
  CHECK(object.value == 1);
}

#include <doctest/doctest.h>

#include "spiking_lpl/measure.hpp"
#include "tests/files.hpp"

using namespace hebb;
using namespace recurrent;

namespace {

constexpr Setting small{.seconds = 2, .tau_mean = 0.5, .window = 0.9, .eta = 2};

}  // namespace

TEST_CASE(
    "spiking_lpl: a signal varies smoothly around 5 Hz, its control has the same rates and no "
    "smoothness") {
  const Rates rates = make_rates({.seed = 1});
  CHECK(rates[0].samples == std::vector<double>{5});
  for (const std::size_t p : {std::size_t(1), std::size_t(3)}) {
    const Eigen::Map<const Vector<double>> signal(rates[p].samples.data(),
                                                  Index(rates[p].samples.size())),
        control(rates[p + 1].samples.data(), Index(rates[p + 1].samples.size()));
    const Vector<double> s = signal.array() - signal.mean(), c = control.array() - control.mean();
    CHECK(signal.minCoeff() >= 0.1);
    CHECK(signal.mean() == doctest::Approx(5).epsilon(0.1));
    CHECK(c.norm() == doctest::Approx(s.norm()));
    CHECK(s.head(3000).dot(s.segment(1, 3000)) > 0.95 * s.head(3000).squaredNorm());
    CHECK(std::abs(c.head(3000).dot(c.segment(1, 3000))) < 0.1 * c.head(3000).squaredNorm());
  }
}

TEST_CASE("spiking_lpl: the published rates are read, columns of two lengths") {
  const Rates rates = read_rates(std::string(HEBB_ROOT) + "/tests/data/spiking/input_rates.csv");
  CHECK(rates[1].samples.size() == 3300);
  CHECK(rates[2].samples.size() == 3300);
  CHECK(rates[3].samples.size() == 3385);
  CHECK(rates[4].samples.size() == 3385);
  CHECK(rates[1].samples[0] == 9.1338);
  CHECK(rates[4].samples.back() == 8.4454);
  CHECK_THROWS_AS(read_rates("no such file"), IoError);
}

TEST_CASE("spiking_lpl: a run that goes on from its checkpoint ends as the uninterrupted one") {
  const TemporaryDirectory directory;
  const Rates rates = make_rates({.seed = 1});
  Setting half = small;
  half.seconds = 1;
  Run<float> whole(lpl, small, rates), first(lpl, half, rates), resumed(lpl, small, rates);
  whole.advance([](double) {});
  first.advance([](double) {});
  first.save(directory.path / "lpl.npz");
  resumed.load(directory.path / "lpl.npz");
  CHECK(resumed.seconds() == doctest::Approx(2.5));
  resumed.advance([](double) {});
  CHECK(resumed.weights() == whole.weights());
  CHECK(resumed.recording.last.exc == whole.recording.last.exc);
  CHECK(resumed.recording.course == whole.recording.course);

  // Other settings and other rates are refused by name.
  CHECK_NOTHROW(resumed.settings().require_same(directory.path / "lpl.npz"));
  Setting faster = small, reseeded = small;
  faster.eta *= 2;
  reseeded.seed = 2;
  const auto refusal = [&](const example::RunSettings& settings) -> std::string {
    try {
      settings.require_same(directory.path / "lpl.npz");
    } catch (const InvalidParameter& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal(Run<float>(lpl, faster, rates).settings())
            .find("was saved with --eta 2; this run has --eta 4.") != std::string::npos);
  CHECK(refusal(Run<float>(lpl, reseeded, rates).settings())
            .find("--seed 1; this run has --seed 2.") != std::string::npos);
  CHECK(refusal(Run<float>(no_hebbian, small, rates).settings()).find("--conditions lpl; ") !=
        std::string::npos);
  CHECK(refusal(Run<double>(lpl, small, rates).settings()).find("--precision float; ") !=
        std::string::npos);
  Rates others = rates;
  others[2].samples[0] += 1;
  CHECK(refusal(Run<float>(lpl, small, others).settings())
            .find("was saved with digest of the rates ") != std::string::npos);
}

TEST_CASE(
    "spiking_lpl: a reconstruction is good where neurons copy a population, and empty where they "
    "do not") {
  Counts counts;
  counts.start(0, 100);
  Random random{.seed = 2};
  counts.input = random.uniform<double>(populations, counts.input.cols(), 0, 20).array().round();
  for (Index i = 0; i < 50; ++i) counts.exc.row(i) = counts.input.row(1);
  const Reconstruction result = reconstruct(counts);
  CHECK(result.r2(1) > 0.99);
  CHECK(std::abs(result.r2(2)) < 0.1);
  CHECK(result.truth.cols() == counts.input.cols() / 20);
}

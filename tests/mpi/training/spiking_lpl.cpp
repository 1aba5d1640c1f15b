// Conditions on different ranks. A rank that is to be killed waits until its checkpoint is there.
#include <chrono>
#include <thread>

#include "spiking_lpl/conditions.hpp"
#include "tests/mpi/training/training.hpp"

namespace training {

namespace {

namespace spiking = ::recurrent;

constexpr spiking::Setting setting{.seconds = 0, .tau_mean = 0.2, .window = 0.2};
const std::vector<spiking::Condition> conditions{spiking::lpl, spiking::no_hebbian,
                                                 spiking::no_inhibition};

spiking::Rates rates() { return spiking::make_rates({.seed = setting.seed}); }

void learn(const Given& given, const std::filesystem::path& directory) {
  example::Options options;
  options.directory = directory;
  spiking::Job job{.setting = setting,
                   .chosen = conditions,
                   .rates = rates(),
                   .resume = given.resume,
                   .checkpoints = directory};
  job.setting.seconds = given.seconds;
  const int rank = example::ranks().rank();
  std::jthread killer;
  if (given.failure == Failure::kill && rank == given.rank)
    killer = std::jthread([&] {
      const auto own = spiking::condition_keys[conditions[std::size_t(rank)]] + ".npz";
      while (!std::filesystem::exists(directory / own))
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      fail_at(given.at, given);
    });
  spiking::run_all<float>(options, job);
}

hebb::Arrays arrays(const std::filesystem::path& checkpoint) {
  for (const spiking::Condition condition : conditions)
    if (spiking::condition_keys[condition] == checkpoint.stem()) {
      spiking::Run<float> run(condition, setting, rates());
      run.load(checkpoint);
      hebb::Arrays all = hebb::saved_arrays(run.recording);
      all["weights"] = run.weights().cast<double>();
      return all;
    }
  return {};
}

}  // namespace

const Registered spiking_lpl("spiking_lpl", {learn, arrays});

}  // namespace training

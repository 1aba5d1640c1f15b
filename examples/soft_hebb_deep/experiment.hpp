/// @file
/// Runs one network of one arm: it learns, and its last block is read out.
#pragma once

#include <chrono>
#include <string>

#include "results.hpp"

namespace soft_hebb_deep {

/// Of all networks of a run.
struct NetworkSettings {
  double width = 1, last_width = 1;  ///< factors of the published channels: all blocks, the last
  double first_norm = published_first_norm;  ///< row norms of the first weights
};

template <typename Rule>
Result run_with(const Naming& naming, long blocks, const NetworkSettings& sizes,
                TrainSettings train_settings, const EvaluateSettings& readout,
                const hebb::ImageSet& learn, const hebb::ImageSet& test,
                example::Checkpoints checkpoints) {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  Result result{.naming = naming, .blocks = blocks};
  const std::string name = std::string(naming.name) + "_" + std::to_string(blocks);
  checkpoints.settings.set("network", name);
  Network<Rule> network({learn.channels, learn.width, learn.height},
                        published_blocks(blocks, sizes.width, sizes.last_width),
                        train_settings.seed, sizes.first_norm);
  // Without learning only the running averages of the last batches count.
  constexpr std::int64_t batches_of_averages = 200;
  if (naming.arm == Arm::random) {
    train_settings.learn = false;
    train_settings.updates = std::min(train_settings.updates, batches_of_averages);
  }
  auto begin = Clock::now();
  const Trained trained = train(network, learn, train_settings, result.record, checkpoints, name);
  result.seconds_per_update = trained.seconds_per_update;
  result.troubles = trained.troubles;
  result.learning = seconds_since(begin);
  begin = Clock::now();
  result.outcome = evaluate(network, learn, test, readout, name);
  result.reading_out = seconds_since(begin);
  const auto& first = network.blocks.front().layer;
  result.filters = first.state.weights.transpose();
  result.kernel = first.parameters().patches.kernel;
  result.channels = learn.channels;
  return result;
}

inline Result run(const Naming& naming, auto&&... settings) {
  if (naming.arm == Arm::hard) return run_with<Hard>(naming, settings...);
  return run_with<Soft>(naming, settings...);
}

}  // namespace soft_hebb_deep

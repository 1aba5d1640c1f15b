/// @file
/// Learning before exposure: the convolutions from views of images, the dense layer from images at
/// three places.
#pragma once

#include "common/checkpoint.hpp"
#include "common/progress.hpp"
#include "common/watch.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/data/batches.hpp"
#include "source.hpp"

namespace swap_experiment {

struct Settings {
  std::array<Index, depth> channels{16, 32, 128};
  Index units = 128, tiles = 5;
  std::int64_t encoder_steps = 1500, readout_steps = 8000, exposures = 400, interval = 20;
  Index batch = 64, readout_images = 5000, readout_batch = 128, pairs_per_set = 8;
  // Before exposure both use Adam. During exposure the dense layer uses plain steps.
  double encoder_eta = 2e-3, readout_eta = 1e-3;
  double exposed_encoder_eta = 1e-7, exposed_eta = 0.1;
  double weight_decay = 1.5e-6;
};

/// Trains the convolutional layers on two views of every image.
inline Encoder<hebb::Symmetric> learn_encoder(const Source& source, const Settings& settings,
                                              const hebb::Random& random,
                                              const example::Checkpoints& checkpoints,
                                              example::Alarms& alarms) {
  const hebb::Lpl<float, hebb::Symmetric, hebb::Adam> rule{
      .parameters = {.eta = float(settings.encoder_eta)},
      .optimizer = {
          .weight_decay = settings.weight_decay,
          .schedule = {.warmup = settings.encoder_steps / 20, .total = settings.encoder_steps}}};
  auto encoder = make_encoder(source.shape(), settings.channels, rule);
  encoder.for_each_layer([&](auto& layer, std::size_t k) {
    layer.initialize(random.stream("encoder", k), std::sqrt(6.0f));
  });
  hebb::Batches order({.samples = source.learn().size(),
                       .batch = settings.batch,
                       .random = random.stream("encoder")});
  hebb::Named shown{"order", order};
  hebb::Named learned{"encoder", encoder};
  example::Saving saving = checkpoints.begin("convolutions", learned, shown);
  Matrix<float> pairs;
  example::Watch watch(checkpoints.directory, "convolutions", "convolutions", order.step() > 0,
                       settings.encoder_steps);
  example::Progress progress("convolutions", settings.encoder_steps - order.step());
  while (order.step() < settings.encoder_steps) {
    const std::uint64_t step = std::uint64_t(order.step());
    source.pairs(order.next(), random.stream("views").at(step), pairs);
    encoder.train(pairs);
    watch.monitor.step(order.step(), encoder);
    saving.after_step();
    progress.advance();
  }
  saving.save();
  alarms.add("convolutions", watch.troubles());
  return encoder;
}

/// Trains the dense layer on pairs of places of the same image; the convolutions stay fixed.
inline Readout<hebb::Adam> learn_readout(Network& network, const Source& source,
                                         const Settings& settings, const hebb::Random& random,
                                         const example::Checkpoints& checkpoints,
                                         example::Alarms& alarms) {
  // Each response of a pair learns to predict the other, which doubles the coefficient of the
  // predictive term.
  Readout<hebb::Adam> readout(
      {.parameters = {.eta = float(settings.readout_eta), .predictive = 2},
       .optimizer = {.weight_decay = settings.weight_decay}},
      {.pre = settings.channels.back() * settings.tiles, .post = settings.units});
  readout.initialize(random.stream("readout"));
  hebb::Batches order({.samples = settings.readout_images,
                       .batch = settings.readout_batch,
                       .random = random.stream("readout")});
  hebb::Named shown{"order", order};
  hebb::Named learned{"readout", readout};
  example::Saving saving = checkpoints.begin("dense", learned, shown);
  if (order.step() == settings.readout_steps) return readout;

  Matrix<float> canvases, part;
  Matrix<float> features(readout.shape().pre, places * settings.readout_images);
  {
    constexpr Index block = 50;
    example::Progress progress("images at three places", settings.readout_images, "images");
    for (Index begin = 0; begin < settings.readout_images; begin += block) {
      example::stop_if_asked();
      const Index size = std::min(block, settings.readout_images - begin);
      network.canvas.show(source.learned(hebb::range(begin, begin + size)), canvases);
      network.encoder.forward(canvases);
      tile_means(network.encoder.layer<depth - 1>().output(), settings.tiles, part);
      features.middleCols(places * begin, part.cols()) = part;
      progress.advance(size);
    }
  }

  Matrix<float> seen(features.rows(), 2 * settings.readout_batch);
  example::Watch watch(checkpoints.directory, "dense", "dense layer", order.step() > 0,
                       settings.readout_steps);
  example::Progress progress("dense layer", settings.readout_steps - order.step());
  while (order.step() < settings.readout_steps) {
    hebb::Random where = random.stream("readout places").at(std::uint64_t(order.step()));
    Index column = 0;
    for (const Index image : order.next()) {
      seen.col(column) = features.col(Design::column(image, where.below(places)));
      seen.col(column + settings.readout_batch) =
          features.col(Design::column(image, where.below(places)));
      ++column;
    }
    const Matrix<float>& response = readout.forward(seen);
    readout.state.previous.resize(response.rows(), response.cols());
    readout.state.previous << response.rightCols(settings.readout_batch),
        response.leftCols(settings.readout_batch);
    readout.learn();
    if (watch.monitor.due(order.step()))
      watch.monitor.observe(order.step(), 0, "layer 1", response, readout.state.weights);
    saving.after_step();
    progress.advance();
  }
  saving.save();
  alarms.add("dense layer", watch.troubles());
  return readout;
}

}  // namespace swap_experiment

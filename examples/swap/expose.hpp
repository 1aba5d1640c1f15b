/// @file
/// The exposures, and the measurements made between them.
#pragma once

#include <array>
#include <string>
#include <type_traits>
#include <vector>

#include "hebb/core/optimizer/adam.hpp"
#include "learn.hpp"
#include "selectivity.hpp"

namespace swap_experiment {

/// Measurements after a number of exposures.
struct Measurement {
  std::int64_t exposures = 0;
  Selectivity selectivity;
  double predictive = 0, hebbian = 0, decorrelation = 0;  ///< the dense layer's losses

  void each(auto&& visit) {
    visit("exposures", exposures);
    for (std::size_t i = 0; i < estimates.size(); ++i) {
      visit("mean" + std::to_string(i), (selectivity.*estimates[i]).mean);
      visit("error" + std::to_string(i), (selectivity.*estimates[i]).standard_error);
    }
    visit("predictive", predictive);
    visit("hebbian", hebbian);
    visit("decorrelation", decorrelation);
  }

  static constexpr Index numbers = 20;

 private:
  static constexpr std::array estimates{&Selectivity::swap,          &Selectivity::non_swap,
                                        &Selectivity::control,       &Selectivity::preferred,
                                        &Selectivity::non_preferred, &Selectivity::at_top,
                                        &Selectivity::at_centre,     &Selectivity::at_bottom};
};

/// The progress of the exposures and the measurements so far, as a checkpoint stores them.
struct Exposed {
  std::int64_t done = 0, measured = 0;
  Matrix<double> rows;  ///< one measurement per row

  void each(auto&& visit) {
    visit("done", done);
    visit("measured", measured);
    visit("rows", rows);
  }

  void add(Measurement measurement) {
    Index column = 0;
    measurement.each(
        [&](const auto&, const auto& value) { rows(measured, column++) = double(value); });
    ++measured;
  }

  Measurement at(Index row) const {
    Measurement result;
    Index column = 0;
    result.each([&](const auto&, auto& value) {
      value = std::remove_cvref_t<decltype(value)>(rows(row, column++));
    });
    return result;
  }
};

/// Images at the centre, a third of the columns, have no predictive loss. The mean over the other
/// columns is 3/2 of the mean over all columns.
inline constexpr float predictive_per_past = float(places) / float(places - 1);

inline std::vector<Measurement> expose(Network& network, const Matrix<float>& canvases,
                                       const Design& design, const Settings& settings,
                                       const example::Checkpoints& checkpoints) {
  const Preference preference(design, network.respond(canvases));  // before any exposure
  Exposed run{.rows = Matrix<double>::Zero(settings.exposures / settings.interval + 2,
                                           Measurement::numbers)};
  hebb::Named encoder{"encoder", network.encoder};
  hebb::Named readout{"readout", network.readout};
  example::Saving saving = checkpoints.begin("exposures", encoder, readout, run);
  example::Progress progress("exposures", settings.exposures - run.done, "exposures");
  while (true) {
    const bool measured = run.measured > 0 && run.at(run.measured - 1).exposures == run.done;
    if ((run.done % settings.interval == 0 || run.done == settings.exposures) && !measured) {
      const Matrix<float>& response = network.respond(canvases);
      hebb::require<hebb::NonFinite>(response.allFinite(),
                                     "the dense layer's response is not finite after ", run.done,
                                     " exposures");
      const Matrix<float> learned = response.leftCols(design.learned_columns());
      const auto loss =
          network.readout.rule.loss(hebb::Response<float>(learned, learned), design.past(response));
      run.add({run.done, preference.measure(response),
               double(predictive_per_past) * loss.predictive, loss.hebbian, loss.decorrelation});
    }
    if (run.done == settings.exposures) break;
    network.expose(canvases, design);
    ++run.done;
    saving.after_step();
    progress.advance();
  }
  saving.save();
  std::vector<Measurement> course;
  for (Index row = 0; row < run.measured; ++row) course.push_back(run.at(row));
  return course;
}

/// The stimuli on their canvases, and the measurements of the whole experiment.
struct Results {
  Matrix<float> canvases;
  std::vector<Measurement> course;
  example::Alarms alarms;  ///< of the learning before exposure
};

/// Trains the network, chooses stimuli from the test set, and exposes the network to them.
inline Results run(const Source& source, const Settings& settings, const Design& design,
                   const hebb::Random& random, const example::Checkpoints& checkpoints) {
  const Canvas canvas{.tile = source.shape(), .tiles = settings.tiles};
  const hebb::Lpl<float, hebb::Causal, hebb::Adam> exposed{
      .parameters = {.eta = float(settings.exposed_encoder_eta), .predictive = predictive_per_past},
      .optimizer = {.weight_decay = settings.weight_decay}};
  Network network{
      canvas, make_encoder(canvas.shape(), settings.channels, exposed),
      Readout<hebb::Plain>(
          {.parameters = {.eta = float(settings.exposed_eta), .predictive = predictive_per_past},
           .optimizer = {.weight_decay = settings.weight_decay}},
          {.pre = settings.channels.back() * settings.tiles, .post = settings.units})};
  Results results;
  {
    auto encoder = learn_encoder(source, settings, random, checkpoints, results.alarms);
    restore(encoder, network.encoder);
  }
  network.readout.state.weights =
      learn_readout(network, source, settings, random, checkpoints, results.alarms).state.weights;

  std::vector<Index> chosen = random.stream("stimuli").permutation(source.test_size());
  chosen.resize(std::size_t(design.images()));
  canvas.show(source.test(chosen), results.canvases);
  results.course = expose(network, results.canvases, design, settings, checkpoints);
  return results;
}

}  // namespace swap_experiment

/// @file
/// Objects that are swapped while the eye moves: a network that predicts the next response learns
/// to confuse them there, and only there.
///
/// A network watches images at the centre of a canvas, each followed by an image at the top or the
/// bottom. At one of these two places it is always the wrong one: P follows N and N follows P.
/// Neurons in the monkey's inferior temporal cortex lose their preference for P at that place
/// within hours of such exposure. N. Li & J. J. DiCarlo, Science 321:1502-1507 (2008); M. S.
/// Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), fig. 4.

#include <iostream>
#include <optional>

#include "common/checkpoint.hpp"
#include "common/image_data.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/summary.hpp"
#include "hebb/data/augment.hpp"
#include "hebb/data/batches.hpp"
#include "monkey.hpp"
#include "network.hpp"
#include "selectivity.hpp"

namespace {

using namespace swap_experiment;
using example::Dataset;
using example::exact;
using example::fixed;

struct Settings {
  std::array<Index, depth> channels{16, 32, 128};
  Index units = 128, tiles = 5;
  std::int64_t encoder_steps = 1500, readout_steps = 8000, exposures = 400, interval = 20;
  Index batch = 64, readout_images = 5000, readout_batch = 128, pairs_per_set = 8;
  double encoder_eta = 2e-3, readout_eta = 1e-3;  // Adam, before exposure
  double exposed_encoder_eta = 1e-7,
         exposed_eta = 0.1;  // during exposure: Adam, and plain steps of the dense layer
  double weight_decay = 1.5e-6;
};

/// Images of one kind, and how they become the numbers that a network sees. Colours are
/// standardised; black is zero where there are none.
class Source {
 public:
  Source(Dataset dataset, const std::string& path) : images_(example::load(dataset, path)) {
    learn_ = padded(images_.learn, shrinkage);
    test_ = padded(images_.test, shrinkage);
    if (learn_.channels == 3) {
      statistics_ = hebb::channel_statistics(learn_);
    } else {
      // Brightness and sharpness only: whatever else the pipeline does would paint the black
      // ground.
      augmentation_ = hebb::no_augmentation;
      augmentation_.crop_area = {0.3, 1};
      augmentation_.crop_aspect = {3.0 / 4, 4.0 / 3};
      augmentation_.flip = 0.5;
      augmentation_.jitter = 1;
      augmentation_.brightness = {0.6, 1.4};
    }
  }

  hebb::ImageShape shape() const { return {learn_.channels, learn_.width, learn_.height}; }
  const hebb::ImageSet& learn() const { return learn_; }

  /// [first views | second views] of the chosen images.
  void pairs(std::span<const Index> chosen, const hebb::Random& random, Matrix<float>& out) const {
    out.resize(learn_.rows(), 2 * Index(chosen.size()));
    hebb::augment_pairs(learn_, chosen, augmentation_, random, out);
    if (statistics_) hebb::standardise(*statistics_, out);
  }

  Matrix<float> learned(std::span<const Index> chosen) const { return plain(learn_, chosen); }
  Matrix<float> test(std::span<const Index> chosen) const { return plain(test_, chosen); }
  Index test_size() const { return test_.size(); }
  std::string digest() const { return example::digest_of({&learn_, &test_}); }

  /// Canvases as pictures, in [0, 1].
  Matrix<float> displayed(Matrix<float> canvases) const {
    if (!statistics_) return canvases;
    Eigen::Map<Matrix<float>> pixels(canvases.data(), learn_.channels,
                                     canvases.size() / learn_.channels);
    pixels = (statistics_->deviation.asDiagonal() * pixels).colwise() + statistics_->mean;
    return canvases;
  }

 private:
  Matrix<float> plain(const hebb::ImageSet& set, std::span<const Index> chosen) const {
    Matrix<float> result(set.rows(), Index(chosen.size()));
    hebb::to_columns(set, chosen, result);
    if (statistics_) hebb::standardise(*statistics_, result);
    return result;
  }

  example::Images images_;
  hebb::ImageSet learn_, test_;
  hebb::Augmentation augmentation_;
  std::optional<hebb::ChannelStatistics> statistics_;
};

/// The convolutional layers learn from two views of every image.
Encoder<hebb::Symmetric> learn_encoder(const Source& source, const Settings& settings,
                                       const hebb::Random& random,
                                       const example::Checkpoints& checkpoints) {
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
  example::Progress progress("convolutions", settings.encoder_steps - order.step());
  while (order.step() < settings.encoder_steps) {
    const std::uint64_t step = std::uint64_t(order.step());
    source.pairs(order.next(), random.stream("views").at(step), pairs);
    encoder.train(pairs);
    saving.after_step();
    progress.advance();
  }
  saving.save();
  return encoder;
}

/// The dense layer learns that an image at one place and the same image at another belong together;
/// the convolutions are held.
Readout<hebb::Adam> learn_readout(Network& network, const Source& source, const Settings& settings,
                                  const hebb::Random& random,
                                  const example::Checkpoints& checkpoints) {
  // Every image counts twice, once as the past of the other: hence the coefficient of the symmetric
  // loss, 2.
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
    saving.after_step();
    progress.advance();
  }
  saving.save();
  return readout;
}

/// What was measured after so many exposures.
struct Measurement {
  std::int64_t exposures = 0;
  Selectivity selectivity;
  double predictive = 0, hebbian = 0, decorrelation = 0;  ///< the dense layer's losses

  void each(auto&& visit) {
    visit("exposures", exposures);
    for (std::size_t i = 0; i < estimates.size(); ++i) {
      visit("mean" + std::to_string(i), (selectivity.*estimates[i]).mean);
      visit("error" + std::to_string(i), (selectivity.*estimates[i]).error);
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

/// A run of exposures and its measurements, as a checkpoint keeps them.
struct Exposed {
  std::int64_t done = 0, measured = 0;
  Matrix<double> rows;  ///< one a measurement

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

/// A third of the columns stand at the centre and have no past: over the others the mean is 3/2 of
/// that over all.
constexpr float predictive_per_past = float(places) / float(places - 1);

std::vector<Measurement> expose(Network& network, const Matrix<float>& canvases,
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

/// What a reader must know of a network that tells no images apart; empty otherwise.
std::string verdict(const std::vector<Measurement>& course) {
  const Estimate& at_centre = course.front().selectivity.at_centre;
  if (at_centre.mean > 2 * at_centre.error) return {};
  return "The network learned nothing before exposure: P - N at the centre is " +
         fixed(at_centre.mean) + ", with a standard error of " + fixed(at_centre.error) + ".";
}

/// A course of the network over exposures, in units of `unit`, from `origin`.
example::Series model_line(const std::string& name, const std::vector<Measurement>& course,
                           Estimate Selectivity::*what, double origin, double unit, int shade) {
  example::Series series{.name = name, .shade = shade};
  for (const Measurement& at : course) {
    series.x.push_back(double(at.exposures));
    series.y.push_back(((at.selectivity.*what).mean - origin) / unit);
    series.error.push_back((at.selectivity.*what).error / unit);
  }
  return series;
}

example::Series monkey_points(const std::string& name, const Course& course, double origin,
                              double unit, int shade) {
  example::Series series{
      .name = name, .x = course.exposures, .shade = shade, .mark = example::Mark::Points};
  for (const double value : course.value) series.y.push_back((value - origin) / unit);
  for (const double error : course.error) series.error.push_back(error / unit);
  return series;
}

/// What changed, in percent of P - N before: of each difference itself, and for P and N of theirs
/// at the swap place.
example::Table results_table(const std::vector<Measurement>& course, const Monkey& monkey) {
  const Selectivity &first = course.front().selectivity, &last = course.back().selectivity;
  example::Table table{{"", "before", "after", "change, %", "monkey, %", "published network, %"}};
  const auto add = [&](const std::string& name, Estimate Selectivity::*what, double unit,
                       const Course& measured, double measured_unit, const std::string& published) {
    const double before = (first.*what).mean, after = (last.*what).mean;
    table.add({name, fixed(before), fixed(after), fixed(100 * (after - before) / unit, 0),
               fixed(100 * (measured.value.back() - measured.value.front()) / measured_unit, 0),
               published});
  };
  const auto add_difference = [&](const std::string& name, Estimate Selectivity::*what,
                                  const Course& measured, const std::string& published) {
    add(name, what, (first.*what).mean, measured, measured.value.front(), published);
  };
  add_difference("P - N, swap", &Selectivity::swap, monkey.swap, "-71");
  add_difference("P - N, non-swap", &Selectivity::non_swap, monkey.non_swap, "3");
  add_difference("P - N, control", &Selectivity::control, monkey.control, "-4");
  const double measured_unit = monkey.preferred.value.front() - monkey.non_preferred.value.front();
  add("P, swap", &Selectivity::preferred, first.swap.mean, monkey.preferred, measured_unit, "-32");
  add("N, swap", &Selectivity::non_preferred, first.swap.mean, monkey.non_preferred, measured_unit,
      "31");
  return table;
}

example::Lines selectivity_figure(const std::vector<Measurement>& course, const Monkey& monkey) {
  const Selectivity& first = course.front().selectivity;
  example::Lines lines{.x_label = "exposures", .y_label = "selectivity P - N, before = 1"};
  lines.series = {
      model_line("non-swap", course, &Selectivity::non_swap, 0, first.non_swap.mean, 0),
      model_line("control", course, &Selectivity::control, 0, first.control.mean, 6),
      model_line("swap", course, &Selectivity::swap, 0, first.swap.mean, 1),
      monkey_points("monkey, non-swap", monkey.non_swap, 0, monkey.non_swap.value.front(), 0),
      monkey_points("monkey, control", monkey.control, 0, monkey.control.value.front(), 6),
      monkey_points("monkey, swap", monkey.swap, 0, monkey.swap.value.front(), 1)};
  return lines;
}

example::Lines response_figure(const std::vector<Measurement>& course, const Monkey& monkey) {
  const Selectivity& first = course.front().selectivity;
  const double middle = (first.preferred.mean + first.non_preferred.mean) / 2,
               unit = first.preferred.mean - first.non_preferred.mean;
  const double p = monkey.preferred.value.front(), n = monkey.non_preferred.value.front();
  example::Lines lines{.x_label = "exposures", .y_label = "response at the swap place"};
  lines.series = {model_line("P", course, &Selectivity::preferred, middle, unit, 1),
                  model_line("N", course, &Selectivity::non_preferred, middle, unit, 0),
                  monkey_points("monkey, P", monkey.preferred, (p + n) / 2, p - n, 1),
                  monkey_points("monkey, N", monkey.non_preferred, (p + n) / 2, p - n, 0)};
  return lines;
}

example::Lines loss_figure(const std::vector<Measurement>& course) {
  example::Lines lines{.x_label = "exposures", .y_label = "loss of the dense layer"};
  lines.series = {{.name = "predictive"}, {.name = "Hebbian"}, {.name = "decorrelation"}};
  for (const Measurement& at : course) {
    const double values[] = {at.predictive, at.hebbian, at.decorrelation};
    for (std::size_t i = 0; i < 3; ++i) {
      lines.series[i].x.push_back(double(at.exposures));
      lines.series[i].y.push_back(values[i]);
    }
  }
  return lines;
}

void write_report(const example::Options& options, const Source& source, const Settings& settings,
                  const Matrix<float>& canvases, const Design& design,
                  const std::vector<Measurement>& course, const Monkey& monkey) {
  using namespace example;
  const Selectivity &first = course.front().selectivity, &last = course.back().selectivity;
  Report report(options, "Swapped while the eye moved",
                "A network that has learned to recognise images at three places is shown some that "
                "change into another while they move "
                "from the centre to one of the places. It does not know that this is wrong: it "
                "predicts what follows, and the selectivity "
                "of its units falls there to " +
                    fixed(100 * last.swap.mean / first.swap.mean, 0) +
                    " %. In the monkey it fell to " +
                    fixed(100 * monkey.swap.value.back() / monkey.swap.value.front(), 0) + " %.");
  report.warning(verdict(course));
  report.setting("network", hebb::sentence("convolutions of ", settings.channels[0], ", ",
                                           settings.channels[1], ", ", settings.channels[2],
                                           " channels without biases on a canvas of ",
                                           settings.tiles, " tiles; ", settings.units,
                                           " dense linear units on the means of the tiles"));
  report.setting(
      "before",
      hebb::sentence(settings.encoder_steps, " steps of ", settings.batch,
                     " pairs of views for the convolutions, ", settings.readout_steps, " steps of ",
                     settings.readout_batch, " pairs of places for the dense layer"));
  report.setting("exposures",
                 hebb::sentence(settings.exposures, ", of 2 x ", settings.pairs_per_set,
                                " pairs of images; dense layer plain, rate ", settings.exposed_eta,
                                "; convolutions Adam, rate ", settings.exposed_encoder_eta));

  report.section("What is seen");
  {
    const auto strip = [&](Index image, Place place) {
      Matrix<float> pictures(canvases.rows(), 2);
      pictures << canvases.col(design.past(Design::column(image, place))),
          canvases.col(Design::column(image, place));
      const hebb::ImageShape tile = source.shape();
      return grid(source.displayed(pictures), {.channels = tile.channels,
                                               .width = tile.width,
                                               .height = settings.tiles * tile.height,
                                               .across = 2,
                                               .zoom = 2});
    };
    report.images("exposures",
                  {{"P stays P", strip(0, design.non_swap_place(0))},
                   {"N stays N", strip(1, design.non_swap_place(0))},
                   {"P becomes N", strip(1, design.swap_place(0))},
                   {"N becomes P", strip(0, design.swap_place(0))}},
                  {"The four exposures of one pair: an image at the centre, then one at the "
                   "bottom, where it stays itself, or at the top, "
                   "where it is swapped. For half of the pairs top and bottom are exchanged. "
                   "Control pairs are never shown."});
  }

  report.section("What becomes of selectivity");
  if (options.quick)
    report.paragraph(
        "A quick run: the dense layer has not settled before exposure, and what it still learns "
        "blurs the picture elsewhere.");
  report.table(results_table(course, monkey),
               {"Only the swap place loses selectivity: what was preferred (P) is responded to "
                "less there, what was not (N) more. Changes are in "
                "percent of the difference P - N before.",
                "VGG-11 on STL-10, 13 tiles, 512 units, 400 exposures: swap 1.03 to 0.30, non-swap "
                "1.06 to 1.09, control 0.96 to 0.92, P 0.54 to "
                "0.21, N -0.50 to -0.18."});
  report.figure(draw(options.directory, "selectivity", selectivity_figure(course, monkey)),
                {"Lines are the network, with the standard error over pairs of images; points are "
                 "neurons of two monkeys" +
                     std::string(monkey.swap.error.empty() ? "." : ", with their error bars.") +
                     " Everything is relative to its own value before exposure: swap falls, "
                     "non-swap and control stay.",
                 "The published network falls from 1.03 to 0.30 (0.29 of its first value) in 400 "
                 "exposures."});
  report.figure(
      draw(options.directory, "responses", response_figure(course, monkey)),
      {"Responses to the preferred (P) and the other image (N) at the swap place approach each "
       "other. Both scales have their zero "
       "midway between P and N before exposure, and the difference of the two as their unit.",
       "P 0.54 to 0.21 and N -0.50 to -0.18, at the swap place of one half of the pairs."});
  report.figure(draw(options.directory, "losses", loss_figure(course)),
                {"The three losses of the dense layer over what it is exposed to, each without its "
                 "coefficient. What surprised it at "
                 "first, it comes to expect.",
                 "Predictive 1.32 to 0.70, Hebbian -0.15 to 0.04, decorrelation 0.095 to 0.042."});
  report.write();
}

example::RunSettings settings_of(const Settings& settings, const example::Options& options,
                                 Dataset dataset, const Source& source) {
  example::RunSettings all;
  all.set("--data", example::name_of(dataset));
  all.set("digest of the images", source.digest());
  all.set("--seed", options.seed);
  all.set("--channels", std::span<const Index>(settings.channels));
  all.set("--units", settings.units);
  all.set("--tiles", settings.tiles);
  all.set("--encoder-steps", settings.encoder_steps);
  all.set("--readout-steps", settings.readout_steps);
  all.set("--exposures", settings.exposures);
  all.set("--pairs", settings.pairs_per_set);
  all.set("--eta", settings.exposed_eta);
  all.set("--eta-convolutions", settings.exposed_encoder_eta);
  all.set("rate of the dense layer before", settings.readout_eta);  // another one with --quick
  return all;
}

void study(const example::Options& options, Dataset dataset, const std::string& path,
           const std::string& monkey_folder, const Settings& settings, bool resume) {
  example::Summary summary(options);
  const Monkey monkey = monkey_folder.empty() ? published_means() : read_monkey(monkey_folder);
  const Source source(dataset, path);
  const Design design{.pairs_per_set = settings.pairs_per_set};
  hebb::require(settings.tiles % 2 == 1, "--tiles must be odd, got ", settings.tiles);
  hebb::require(source.test_size() >= design.images(), "--pairs: the test set has ",
                source.test_size(), " images, ", design.images(), " are wanted");
  const hebb::Random random{.seed = options.seed};
  const example::Checkpoints checkpoints{options.directory, resume,
                                         settings_of(settings, options, dataset, source)};
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
  {
    auto encoder = learn_encoder(source, settings, random, checkpoints);
    restore(encoder, network.encoder);
  }
  network.readout.state.weights =
      learn_readout(network, source, settings, random, checkpoints).state.weights;

  std::vector<Index> chosen = random.stream("stimuli").permutation(source.test_size());
  chosen.resize(std::size_t(design.images()));
  Matrix<float> canvases;
  canvas.show(source.test(chosen), canvases);
  const std::vector<Measurement> course = expose(network, canvases, design, settings, checkpoints);

  const Selectivity &first = course.front().selectivity, &last = course.back().selectivity;
  std::cout << '\n'
            << results_table(course, monkey)
            << "\nSelectivity before exposure at top, centre, bottom: " << fixed(first.at_top.mean)
            << ", " << fixed(first.at_centre.mean) << ", " << fixed(first.at_bottom.mean) << ".\n";
  if (const std::string words = verdict(course); !words.empty()) {
    std::cout << words << '\n';
    summary.set("verdict", words);
  }
  write_report(options, source, settings, canvases, design, course, monkey);

  summary.set("swap_selectivity_first", first.swap.mean);
  summary.set("swap_selectivity_last", last.swap.mean);
  summary.set("nonswap_selectivity_first", first.non_swap.mean);
  summary.set("nonswap_selectivity_last", last.non_swap.mean);
  summary.set("control_selectivity_first", first.control.mean);
  summary.set("control_selectivity_last", last.control.mean);
  summary.set("p_first", first.preferred.mean);
  summary.set("p_last", last.preferred.mean);
  summary.set("n_first", first.non_preferred.mean);
  summary.set("n_last", last.non_preferred.mean);
  summary.set("exposures", settings.exposures);
  summary.write();
}

}  // namespace

int main(int argc, char** argv) {
  example::Program program("swap",
                           "Images that change into others while they move to one place: what "
                           "becomes of selectivity there?");
  const std::map<std::string, Dataset> datasets{{"fashion-mnist", Dataset::fashion},
                                                {"mnist", Dataset::mnist},
                                                {"cifar10", Dataset::cifar10}};
  Dataset dataset = Dataset::fashion;
  std::string path, monkey;
  Settings settings;
  std::vector<Index> channels(settings.channels.begin(), settings.channels.end());
  program.app.add_option("--data", dataset, "images: fashion-mnist (default), mnist, cifar10")
      ->transform(CLI::CheckedTransformer(datasets));
  program.app.add_option("--path", path, "folder of the images");
  program.app.add_option("--monkey", monkey,
                         "folder of the tables of the monkeys' neurons, for their error bars");
  program.app.add_option("--channels", channels, "of the three convolutions")
      ->delimiter(',')
      ->expected(depth)
      ->check(CLI::PositiveNumber);
  program.app.add_option("--units", settings.units, "dense units")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.app.add_option("--tiles", settings.tiles, "of the canvas, odd")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.app.add_option("--encoder-steps", settings.encoder_steps, "of the convolutions")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.app.add_option("--readout-steps", settings.readout_steps, "of the dense layer")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.app.add_option("--exposures", settings.exposures, "of all pairs")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.app.add_option("--pairs", settings.pairs_per_set, "of images in each of the three sets")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.app.add_option("--eta", settings.exposed_eta, "of the dense layer during exposure")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.app
      .add_option("--eta-convolutions", settings.exposed_encoder_eta,
                  "of the convolutions during exposure")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  bool resume = false;
  program.app.add_flag("--resume", resume, "continue from the checkpoints in --out");
  return program.run(argc, argv, [&](const example::Options& options) {
    std::copy(channels.begin(), channels.end(), settings.channels.begin());
    if (options.quick) {
      settings.encoder_steps = std::min<std::int64_t>(settings.encoder_steps, 400);
      settings.readout_steps = std::min<std::int64_t>(settings.readout_steps, 2000);
      settings.readout_eta *= 4;
      settings.exposures = std::min<std::int64_t>(settings.exposures, 100);
      settings.exposed_eta *= 4;
    }
    study(options, dataset, path, monkey, settings, resume);
  });
}

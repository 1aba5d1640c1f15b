/// @file
/// Identical images, in two orders in time: what a unit becomes selective for is what stays.
///
/// Objects of two classes stand in one of two corners of a canvas. In one order the corner persists
/// from step to step and the class changes, in the other the class persists. One linear unit sees
/// either order under Oja's rule, under latent predictive learning, and under either of its two
/// terms alone: the Hebbian and the predictive one. M. S. Halvagal & F. Zenke, Nat. Neurosci.
/// 26:1906-1915 (2023), supplementary fig. S2.

#include <array>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/stop.hpp"
#include "common/summary.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/data/idx.hpp"
#include "hebb/data/sequence.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"

using namespace hebb;
using namespace example;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// What a unit tells apart: the distance of its two mean responses in units of the range of all of
/// them.
struct Selectivity {
  double place = none, kind = none;  // for the corner and for the class
  double magnitude = none;           // mean |y|
};

enum Rule : std::size_t { untrained, oja, hebbian, predictive, lpl, rules };
const std::array<std::string, rules> rule_names{"untrained", "Oja", "Hebb", "prediction only",
                                                "LPL"};
const std::array<std::string, 2> order_names{"place persists", "class persists"};

/// A set of images, its two classes, and the values expected for it.
struct Source {
  std::string path, remedy, kinds;
  std::array<int, 2> labels;
  float eta;
  std::string expected_from;
  std::array<std::array<Selectivity, 2>, rules> expected;  // by rule and order
};

Source source_of(const std::string& data) {
  if (data == "mnist")
    return {"",
            "point to a directory with MNIST's training files with --path",
            "fives and sixes",
            {5, 6},
            1e-2f,
            "the paper's figure (MNIST, one random sample of 1000 images a class; see --sample)",
            {{{{{0.12, 0.04}, {0.12, 0.04}}},
              {{{0.47, 0.00}, {0.47, 0.00}}},
              {{{0.47, 0.00}, {0.47, 0.00}}},
              {{{}, {}}},
              {{{0.51, 0.00}, {0.01, 0.43}}}}}};
  return {"/usr/share/datasets/fashion-mnist",
          "install Debian's dataset-fashion-mnist, or point to the files with --path",
          "trousers and ankle boots",
          {1, 9},
          2e-3f,
          "an earlier program of the same experiment (Fashion-MNIST, 2 seeds)",
          {{{{{}, {}}},
            {{{0.56, 0.003, 7}, {0.56, 0.003, 7}}},
            {{{0.55, 0.02, 17}, {0.55, 0.02, 17}}},
            {{{}, {}}},
            {{{0.645, 0.001, 5.2}, {0.004, 0.700, 4.4}}}}}};
}

ImageSet read_images(const std::string& directory, const std::string& remedy) {
  const auto find = [&](const std::string& name) {
    const fs::path plain = fs::path(directory) / name, packed = plain.string() + ".gz";
    if (!fs::exists(plain)) require_data(packed, remedy);
    return fs::exists(plain) ? plain : packed;
  };
  return read_idx_images(find("train-images-idx3-ubyte"), find("train-labels-idx1-ubyte"));
}

/// The images that units learn from, once each, to measure what a unit responds to.
class Probe {
 public:
  Probe(const ImageSet& images, const std::array<int, 2>& labels, Index images_per_class)
      : width_(images.width),
        height_(images.height),
        class_size_(images_per_class),
        pixels_(images.rows(), 2 * images_per_class) {
    for (Index kind = 0; kind < 2; ++kind) {
      const std::vector<Index> members = samples_of(images, labels[std::size_t(kind)]);
      require(Index(members.size()) >= images_per_class, "class ", labels[std::size_t(kind)],
              " has ", members.size(), " images, not ", images_per_class);
      to_columns(images, std::span(members).first(std::size_t(images_per_class)),
                 pixels_.middleCols(kind * images_per_class, images_per_class));
    }
  }

  /// The mean of all images at both places.
  Vector<float> mean_canvas() const {
    Matrix<float> canvas = Matrix<float>::Zero(2 * width_, 2 * height_);
    const Vector<float> mean = pixels_.rowwise().mean();
    for (Index place = 0; place < 2; ++place)
      canvas.block(place * width_, place * height_, width_, height_) =
          0.5f * Eigen::Map<const Matrix<float>>(mean.data(), width_, height_);
    return canvas.reshaped();
  }

  /// Responses of a unit whose inputs are centred on `origin`.
  Selectivity measure(const Matrix<float>& weights, const Vector<float>& origin) const {
    const Eigen::Map<const Matrix<float>> map(weights.data(), 2 * width_, 2 * height_);
    const float offset = (weights * origin).value();
    Matrix<float> response(2, pixels_.cols());  // by place, image
    for (Index place = 0; place < 2; ++place) {
      const Vector<float> seen =
          map.block(place * width_, place * height_, width_, height_).reshaped();
      response.row(place) = (seen.transpose() * pixels_).array() - offset;
    }
    const double range = double(response.maxCoeff() - response.minCoeff());
    const double places = double(response.row(0).mean() - response.row(1).mean());
    const double kinds =
        double(response.leftCols(class_size_).mean() - response.rightCols(class_size_).mean());
    return {std::abs(places) / range, std::abs(kinds) / range, double(response.cwiseAbs().mean())};
  }

 private:
  Index width_, height_, class_size_;
  Matrix<float> pixels_;  // a column an image; the first class, then the second
};

/// One linear unit, and how its selectivity developed.
template <typename R>
struct Unit {
  R rule;
  typename R::State state;
  std::vector<Selectivity> course = {};
  Matrix<float> rate = {}, gain = {};

  Unit(const R& rule_, const Matrix<float>& weights)
      : rule(rule_), state(rule.init({.pre = weights.cols(), .post = 1})) {
    state.weights = weights;
  }

  void see(const Matrix<float>& x, const std::string& name, Index step) {
    rate.noalias() = state.weights * x;
    require<Divergence>(all_finite(rate.data(), rate.size()), name,
                        ": the response is not finite at step ", step);
    gain.setOnes(1, x.cols());
    rule.update(x, Response<float>(rate, gain), state);
  }
};

struct Experiment {
  float eta = 0;  ///< 0: as the data set wants
  double weight_decay = 0.15;
  Index steps = 1000, batch = 200, images_per_class = 1000, interval = 20;
  Index seeds = 5;
  std::optional<std::uint64_t>
      sample;  ///< the seed of a random sample of each class; the first images unless given
};

/// By rule: the course of its selectivity, and the weights at its end.
struct Outcome {
  std::array<std::vector<Selectivity>, rules> course;
  std::array<Vector<float>, rules> weights;
};

template <Kept kept>
Outcome run(const ImageSet& images, const Probe& probe, const std::array<int, 2>& labels,
            const Experiment& experiment, std::uint64_t seed) {
  const Random random{.seed = seed};
  const ObjectSequence<kept> sequence(
      images, {labels, experiment.batch, experiment.images_per_class, random});
  const float bound = 1 / std::sqrt(float(sequence.rows()));
  const Matrix<float> weights =
      random.stream("weights").uniform<float>(1, sequence.rows(), -bound, bound);
  const Vector<float> mean = probe.mean_canvas(), zero = Vector<float>::Zero(sequence.rows());

  // Weight decay bounds the norm of the last three; Oja's rule bounds its own, and wants its input
  // centred.
  const Plain decay{.weight_decay = experiment.weight_decay};
  Unit unit_oja(Oja<float>{.parameters = {.eta = experiment.eta}}, weights);
  Unit unit_hebbian(
      Lpl<float>{{.eta = experiment.eta, .predictive = 0, .decorrelation = 0, .epsilon = 1e-8f},
                 decay},
      weights);
  Unit unit_predictive(
      Lpl<float>{{.eta = experiment.eta, .hebbian = 0, .decorrelation = 0, .epsilon = 1e-8f},
                 decay},
      weights);
  Unit unit_lpl(Lpl<float>{{.eta = experiment.eta, .decorrelation = 0, .epsilon = 1e-8f}, decay},
                weights);

  SequenceStep seen;
  Matrix<float> centred;
  for (Index step = 0;; ++step) {
    if (step % experiment.interval == 0 || step == experiment.steps) {
      unit_oja.course.push_back(probe.measure(unit_oja.state.weights, mean));
      unit_hebbian.course.push_back(probe.measure(unit_hebbian.state.weights, zero));
      unit_predictive.course.push_back(probe.measure(unit_predictive.state.weights, zero));
      unit_lpl.course.push_back(probe.measure(unit_lpl.state.weights, zero));
    }
    if (step == experiment.steps) break;
    stop_if_asked();
    sequence.draw(std::uint64_t(step), seen);
    centred = seen.canvas.colwise() - mean;
    unit_oja.see(centred, rule_names[oja], step);
    unit_hebbian.see(seen.canvas, rule_names[hebbian], step);
    unit_predictive.see(seen.canvas, rule_names[predictive], step);
    unit_lpl.see(seen.canvas, rule_names[lpl], step);
  }
  const std::vector<Selectivity> constant(unit_lpl.course.size(), unit_lpl.course.front());
  return {{constant, unit_oja.course, unit_hebbian.course, unit_predictive.course, unit_lpl.course},
          {weights.transpose(), unit_oja.state.weights.transpose(),
           unit_hebbian.state.weights.transpose(), unit_predictive.state.weights.transpose(),
           unit_lpl.state.weights.transpose()}};
}

using Runs = std::vector<std::array<Outcome, 2>>;  // by seed and order

Runs run_seeds(const ImageSet& images, const Probe& probe, const Source& source,
               const Experiment& experiment, std::uint64_t first_seed) {
  Runs runs(static_cast<std::size_t>(experiment.seeds));
  Progress progress("learning", experiment.seeds, "seeds");
  for (std::size_t i = 0; i < runs.size(); ++i) {
    parallel_for(2, [&](Index order) {
      const auto run_order = order == 0 ? run<Kept::position> : run<Kept::identity>;
      runs[i][std::size_t(order)] =
          run_order(images, probe, source.labels, experiment, first_seed + i);
    });
    progress.advance();
  }
  return runs;
}

/// Mean and standard deviation over seeds.
struct Spread {
  double mean = 0, deviation = 0;
};

Spread over_seeds(const Runs& runs, std::size_t rule, std::size_t order, std::size_t point,
                  double Selectivity::*what) {
  Spread spread;
  const auto value = [&](const auto& one) { return one[order].course[rule][point].*what; };
  for (const auto& one : runs) spread.mean += value(one) / double(runs.size());
  for (const auto& one : runs)
    spread.deviation +=
        std::pow(value(one) - spread.mean, 2) / std::max(1.0, double(runs.size()) - 1);
  spread.deviation = std::sqrt(spread.deviation);
  return spread;
}

/// A rule and the order in which it saw the images.
struct Arm {
  std::size_t rule, order;
  std::string label, key;
};

const std::array<Arm, 9> arms{{{untrained, 0, "untrained", "untrained"},
                               {oja, 0, "Oja: place", "oja_place_persists"},
                               {oja, 1, "Oja: class", "oja_class_persists"},
                               {hebbian, 0, "Hebb: place", "hebb_place_persists"},
                               {hebbian, 1, "Hebb: class", "hebb_class_persists"},
                               {predictive, 0, "pred.: place", "predictive_place_persists"},
                               {predictive, 1, "pred.: class", "predictive_class_persists"},
                               {lpl, 0, "LPL: place", "lpl_place_persists"},
                               {lpl, 1, "LPL: class", "lpl_class_persists"}}};

/// What an arm came to.
struct Result {
  Spread place, kind, magnitude;
};

Result result_of(const Runs& runs, const Arm& arm) {
  const auto end = [&](double Selectivity::*what) {
    return over_seeds(runs, arm.rule, arm.order, runs[0][arm.order].course[arm.rule].size() - 1,
                      what);
  };
  return {end(&Selectivity::place), end(&Selectivity::kind), end(&Selectivity::magnitude)};
}

Table results_table(const Runs& runs, const Source& source) {
  Table table{
      {"rule", "order in time", "place", "expected", "class", "expected", "mean |y|", "expected"}};
  const auto found = [](const Spread& spread, int digits) {
    return fixed(spread.mean, digits) + " ± " + fixed(spread.deviation, digits);
  };
  const auto expected = [](double value, int digits) {
    return std::isfinite(value) ? fixed(value, digits) : std::string("-");
  };
  for (const Arm& arm : arms) {
    const Result result = result_of(runs, arm);
    const Selectivity& before = source.expected[arm.rule][arm.order];
    table.add({rule_names[arm.rule], arm.rule == untrained ? "none" : order_names[arm.order],
               found(result.place, 3), expected(before.place, 3), found(result.kind, 3),
               expected(before.kind, 3), found(result.magnitude, 2),
               expected(before.magnitude, 1)});
  }
  return table;
}

Bars results_chart(const Runs& runs, const Source& source) {
  Series place{.name = "for place"}, kind{.name = "for class"};
  Bars bars{.y_label = "selectivity", .groups = {}, .reference_name = "expected"};
  const auto add = [](Series& series, const Spread& spread, double expected) {
    series.y.push_back(spread.mean);
    series.error.push_back(spread.deviation);
    series.reference.push_back(expected);
  };
  for (const Arm& arm : arms) {
    if (arm.rule == predictive)
      continue;  // it collapses, and selectivity, which is free of scale, would hide that
    const Result result = result_of(runs, arm);
    bars.groups.push_back(arm.label);
    add(place, result.place, source.expected[arm.rule][arm.order].place);
    add(kind, result.kind, source.expected[arm.rule][arm.order].kind);
  }
  bars.series = {place, kind};
  return bars;
}

Lines course_chart(const Runs& runs, const Experiment& experiment, std::size_t order,
                   double Selectivity::*what, const std::vector<std::size_t>& shown,
                   const std::string& y_label) {
  Lines lines{.x_label = "step", .y_label = y_label};
  for (const std::size_t rule : shown) {
    Series series{.name = rule_names[rule]};
    for (std::size_t point = 0; point < runs[0][order].course[rule].size(); ++point) {
      const Spread spread = over_seeds(runs, rule, order, point, what);
      series.x.push_back(double(std::min(Index(point) * experiment.interval, experiment.steps)));
      series.y.push_back(spread.mean);
      series.error.push_back(spread.deviation);
    }
    lines.series.push_back(series);
  }
  return lines;
}

/// The first steps of one of a batch of sequences, side by side.
template <Kept kept>
Image strip(const ImageSet& images, const std::array<int, 2>& labels, const Experiment& experiment,
            std::uint64_t seed) {
  constexpr Index length = 7;
  const ObjectSequence<kept> sequence(
      images, {labels, experiment.batch, experiment.images_per_class, Random{.seed = seed}});
  Matrix<float> pictures(sequence.rows(), length);
  SequenceStep seen;
  for (Index step = 0; step < length; ++step) {
    sequence.draw(std::uint64_t(step), seen);
    pictures.col(step) = seen.canvas.col(0);
  }
  return grid(
      pictures,
      {.width = 2 * images.width, .height = 2 * images.height, .across = length, .zoom = 2});
}

/// What a reader must know of a run in which LPL learned nothing; empty otherwise.
std::string verdict(const Runs& runs) {
  const std::array kept{&Selectivity::place, &Selectivity::kind};
  for (std::size_t order = 0; order < kept.size(); ++order) {
    const auto what = kept[order];
    const auto end = [&](std::size_t rule) {
      return over_seeds(runs, rule, order, runs[0][order].course[rule].size() - 1, what).mean;
    };
    if (!(end(lpl) > end(untrained)))
      return "LPL learned nothing where the " + order_names[order] + ": its selectivity is " +
             fixed(end(lpl), 3) + ", before learning " + fixed(end(untrained), 3) + ".";
  }
  return {};
}

void write_report(const Options& options, const ImageSet& images, const Source& source,
                  const Experiment& experiment, const Runs& runs) {
  Report report(options, "What stays is what is learned",
                "Images of two classes, " + source.kinds +
                    ", stand in one of two corners. Every unit sees the same images equally often; "
                    "only their order in time differs. Rules that "
                    "know nothing of time find the same thing in both orders. Latent predictive "
                    "learning (LPL) becomes selective for whatever "
                    "persists.");
  report.warning(verdict(runs));
  report.setting(
      "data", sentence(source.path, ", classes ", source.labels[0], " and ", source.labels[1], ", ",
                       experiment.sample ? sentence("random sample ", *experiment.sample, " of ")
                                         : "the first ",
                       experiment.images_per_class, " images of each"));
  report.setting("unit", sentence("linear, no bias; rate ", experiment.eta, "; weight decay ",
                                  experiment.weight_decay, " (Oja: none, inputs centred)"));
  report.setting("learning", sentence(experiment.steps, " steps of ", experiment.batch,
                                      " sequences, ", experiment.seeds, " seeds"));

  report.section("What the unit sees");
  report.images("sequences",
                {{"The place persists, the class changes",
                  strip<Kept::position>(images, source.labels, experiment, options.seed)},
                 {"The class persists, the place changes",
                  strip<Kept::identity>(images, source.labels, experiment, options.seed)}},
                {"The first steps of one sequence in each order. Every single picture is as likely "
                 "in one as in the other.",
                 "Sequences of MNIST's fives and sixes on the same kind of canvas."});

  report.section("What it becomes selective for");
  report.table(results_table(runs, source),
               {"LPL is selective for place where the place persists and for class where the class "
                "does. Oja and Hebb choose place in both "
                "orders: it carries more variance.",
                "The same picture on MNIST: LPL 0.51 for place and 0.43 for class, the others 0.47 "
                "for place in either order. Expected values "
                "here: " +
                    source.expected_from + "."});
  report.figure(draw(options.directory, "selectivity", results_chart(runs, source)),
                {"Each pair of bars is a rule and what persisted. Only the last pair is tall for "
                 "class. Bars are means over seeds with standard "
                 "deviations; diamonds are the expected values."});

  report.section("How it gets there");
  const std::vector<std::size_t> lasting{lpl, hebbian, oja},
      learning{lpl, hebbian, oja, predictive};
  report.figure(draw(options.directory, "place_course",
                     course_chart(runs, experiment, 0, &Selectivity::place, lasting,
                                  "selectivity for place")),
                {"Selectivity for place while the place persists."});
  report.figure(
      draw(options.directory, "class_course",
           course_chart(runs, experiment, 1, &Selectivity::kind, lasting, "selectivity for class")),
      {"Selectivity for class while the class persists: only a rule that compares now with a "
       "moment ago can use it."});
  report.figure(
      draw(options.directory, "collapse",
           course_chart(runs, experiment, 1, &Selectivity::magnitude, learning, "mean |y|")),
      {"How strongly the unit responds while the class persists. Prediction alone is best served "
       "by silence: its responses "
       "vanish, and what is left of its selectivity in the table means nothing."});

  report.section("The weights");
  const Grid map{.width = 2 * images.width,
                 .height = 2 * images.height,
                 .zoom = 3,
                 .contrast = Contrast::Signed};
  std::vector<std::pair<std::string, Image>> maps;
  for (std::size_t order = 0; order < 2; ++order)
    for (const std::size_t rule : {oja, hebbian, predictive, lpl})
      maps.emplace_back(rule_names[rule] + ", " + order_names[order],
                        grid(runs[0][order].weights[rule], map));
  report.images("weights", maps,
                {"Red weights are positive, blue negative, each map to its own greatest magnitude. "
                 "Where the place persists the corners have "
                 "opposite signs. Where the class persists LPL puts one and the same contrast of "
                 "the two classes into both corners. The weights of "
                 "prediction alone are a remainder of almost no size.",
                 "The same two solutions, made of digits."});
  report.write();
}

void study(const Options& options, const Source& source, const Experiment& experiment) {
  Summary summary(options);
  ImageSet images = read_images(source.path, source.remedy);
  if (experiment.sample)
    images = subset(images, Random{.seed = *experiment.sample}.permutation(images.size()));
  const Probe probe(images, source.labels, experiment.images_per_class);
  const Runs runs = run_seeds(images, probe, source, experiment, options.seed);

  std::cout << '\n'
            << results_table(runs, source) << "\nSelectivity, mean ± standard deviation over "
            << experiment.seeds << " seeds; expected: " << source.expected_from << ".\n";
  if (const std::string words = verdict(runs); !words.empty()) {
    std::cout << words << '\n';
    summary.set("verdict", words);
  }
  write_report(options, images, source, experiment, runs);

  for (const Arm& arm : arms) {
    const Result result = result_of(runs, arm);
    summary.set(arm.key + "_place", result.place.mean);
    summary.set(arm.key + "_class", result.kind.mean);
    summary.set(arm.key + "_mean_abs_y", result.magnitude.mean);
  }
  summary.set("data", source.path);
  summary.set("eta", double(experiment.eta));
  summary.set("steps", experiment.steps);
  summary.set("seeds", experiment.seeds);
  summary.write();
}

}  // namespace

int main(int argc, char** argv) {
  Program program("order_in_time",
                  "Identical images, only their order in time differs: what does one linear unit "
                  "become selective for?");
  std::string data = "fashion-mnist";
  std::optional<std::string> path;
  std::optional<std::vector<int>> labels;
  Experiment experiment;
  program.app.add_option("--data", data, "images")
      ->check(CLI::IsMember({"fashion-mnist", "mnist"}))
      ->capture_default_str();
  program.app.add_option("--path", path, "directory of the IDX files, plain or .gz");
  program.app.add_option("--classes", labels, "the two classes, by label")->expected(2);
  program.app.add_option("--eta", experiment.eta, "learning rate (default: 2e-3; mnist: 1e-2)")
      ->check(CLI::PositiveNumber);
  program.app.add_option("--weight-decay", experiment.weight_decay, "of LPL and Hebb")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  program.app.add_option("--sample", experiment.sample,
                         "seed of a random sample of each class (default: its first 1000 images)");
  program.app.add_option("--steps", experiment.steps, "updates")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.app.add_option("--seeds", experiment.seeds, "independent repetitions")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  return program.run(argc, argv, [&](const Options& options) {
    Source source = source_of(data);
    if (path) source.path = *path;
    if (labels && std::array{(*labels)[0], (*labels)[1]} != source.labels) {
      source.labels = {(*labels)[0], (*labels)[1]};
      source.kinds = sentence("classes ", source.labels[0], " and ", source.labels[1]);
      source.expected = {};
      source.expected_from = "nothing was published for these classes";
    }
    if (experiment.eta == 0) experiment.eta = source.eta;
    if (options.quick) experiment.seeds = std::min<Index>(experiment.seeds, 2);
    study(options, source, experiment);
  });
}

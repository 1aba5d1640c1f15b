/// @file
/// What local rules make of natural photographs: principal components under Oja's and Sanger's
/// rules, oriented fields under BCM, and slow fields under latent predictive learning.
///
/// E. Oja (1982) and T. D. Sanger (1989) on raw patches; H. Shouval, N. Intrator & L. N. Cooper,
/// Vision Res. 37:3339-3342 (1997) on BCM in natural scenes; M. S. Halvagal & F. Zenke (2023) for
/// the predictive rule. The pictures are whitened after B. A. Olshausen & D. J. Field, Nature
/// 381:607-609 (1996).

#include <iostream>

#include "common/command_line.hpp"
#include "common/image_data.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/summary.hpp"
#include "hebb/data/idx.hpp"
#include "hebb/rules/oja.hpp"
#include "hebb/rules/sanger.hpp"
#include "natural_images/fields.hpp"
#include "natural_images/learn.hpp"

using namespace hebb;
using namespace example;
using namespace natural;

namespace {

constexpr Index held_out = 6;          // photographs that no unit learns from
constexpr Index many_patches = 20000;  // for exact components and for measurements
constexpr double f0 = 200;             // cycles per picture

/// The sets of fields of whitened patches that are compared.
enum Set : std::size_t { random_set, principal_set, bcm_set, hebbian_set, lpl_set, sets };
const std::array<std::string, sets> set_names{"random", "principal components", "BCM", "Hebb",
                                              "LPL"};
const std::array<std::string, sets> set_keys{"random", "principal", "bcm", "hebb", "lpl"};

/// One seed.
struct Outcome {
  PrincipalComponents exact;    // of raw patches
  Matrix<float> sanger, oja;    // likewise, one a row, of unit length and with the signs of `exact`
  std::vector<double> cosines;  // |cosine| of Sanger's with the exact ones
  double oja_cosine = 0;        // of Oja's with the first
  std::array<Matrix<float>, sets> fields;
  std::array<Character, sets> character;
};

/// The fields at unit length, each with the sign that fits the exact one.
Matrix<float> aligned(const Matrix<float>& fields, const Matrix<float>& exact) {
  Matrix<float> result = fields.rowwise().normalized();
  for (Index i = 0; i < result.rows(); ++i)
    if (result.row(i).dot(exact.row(i)) < 0) result.row(i) *= -1;
  return result;
}

void learn_raw(std::span<const Picture> pictures, const Setting& setting, const Random& random,
               const Kept& kept, Outcome& outcome) {
  Matrix<float> patches(setting.pixels(), many_patches);
  draw_patches(pictures, full_window(setting.side), random.stream("whitening"), patches);
  const Vector<float> mean = patches.rowwise().mean();
  patches.colwise() -= mean;
  outcome.exact = principal_components(patches, setting.components);
  const Matrix<float>& exact = outcome.exact.fields;

  const float eta = float(setting.principal_eta);
  const Plain falling{.schedule = {.total = setting.principal_steps}};
  const Sanger<float> sanger{.parameters = {.eta = eta}, .optimizer = falling};
  const Oja<float> oja{.parameters = {.eta = eta}, .optimizer = falling};
  outcome.sanger = aligned(learn_principal(sanger, setting.components, patches, setting,
                                           random.stream("principal components"), kept, "sanger"),
                           exact);
  outcome.oja = aligned(
      learn_principal(oja, 1, patches, setting, random.stream("principal components"), kept, "oja"),
      exact);
  for (Index i = 0; i < setting.components; ++i)
    outcome.cosines.push_back(double(outcome.sanger.row(i).dot(exact.row(i))));
  outcome.oja_cosine = double(outcome.oja.row(0).dot(exact.row(0)));
}

Outcome run(const Photographs& photographs, const Setting& setting, std::uint64_t seed,
            const Checkpoints& checkpoints) {
  const Index trained = Index(photographs.white.size()) - held_out;
  const std::span<const Picture> white(photographs.white), seen = white.first(std::size_t(trained)),
                                                           unseen = white.last(held_out);
  const Picture window = round_window(setting.side);
  const Random random{.seed = seed};
  const Kept kept{checkpoints, std::to_string(seed)};
  Outcome outcome;
  parallel_for(4, [&](Index job) {
    if (job == 0)
      learn_raw(std::span(photographs.raw).first(std::size_t(trained)), setting, random, kept,
                outcome);
    if (job == 1) outcome.fields[bcm_set] = learn_bcm(seen, setting, random, kept);
    if (job == 2) outcome.fields[hebbian_set] = learn_lpl(seen, 0, setting, random, kept);
    if (job == 3) outcome.fields[lpl_set] = learn_lpl(seen, 1, setting, random, kept);
  });

  Matrix<float> patches(setting.pixels(), many_patches), pairs;
  draw_patches(seen, window, random.stream("seen"), patches);
  outcome.fields[principal_set] = principal_components(patches, setting.units).fields;
  outcome.fields[random_set] =
      first_weights(setting.units, setting.pixels(), random.stream("random fields")) *
      window.reshaped().asDiagonal();
  DriftingWindows(unseen, window, many_patches, random.stream("unseen")).next(pairs);
  const Probe probe(setting.side, pairs);
  for (std::size_t set = 0; set < sets; ++set)
    outcome.character[set] = probe.measure(outcome.fields[set]);
  return outcome;
}

/// Mean and standard deviation over seeds.
struct Spread {
  double mean = 0, deviation = 0;

  std::string text(int digits) const {
    return fixed(mean, digits) + " ± " + fixed(deviation, digits);
  }
};

template <typename Value>
Spread over_seeds(const std::vector<Outcome>& runs, const Value& value) {
  Spread spread;
  for (const Outcome& one : runs) spread.mean += value(one) / double(runs.size());
  for (const Outcome& one : runs)
    spread.deviation +=
        std::pow(value(one) - spread.mean, 2) / std::max(1.0, double(runs.size()) - 1);
  spread.deviation = std::sqrt(spread.deviation);
  return spread;
}

Spread character_of(const std::vector<Outcome>& runs, std::size_t set, const Quantity& quantity) {
  return over_seeds(runs, [&](const Outcome& one) { return one.character[set].*quantity.value; });
}

Spread cosine_of(const std::vector<Outcome>& runs, std::size_t component) {
  return over_seeds(runs, [&](const Outcome& one) { return one.cosines[component]; });
}

Table fields_table(const std::vector<Outcome>& runs) {
  Table table{{"fields"}};
  for (const Quantity& quantity : quantities) table.head.push_back(quantity.name);
  for (std::size_t set = 0; set < sets; ++set) {
    std::vector<std::string> row{set_names[set]};
    for (const Quantity& quantity : quantities)
      row.push_back(character_of(runs, set, quantity).text(quantity.key == "kurtosis" ? 1 : 3));
    table.add(row);
  }
  return table;
}

Table components_table(const std::vector<Outcome>& runs) {
  Table table{{"component", "share of variance", "|cosine|, Sanger", "|cosine|, Oja"}};
  for (std::size_t i = 0; i < runs[0].cosines.size(); ++i) {
    const Spread share =
        over_seeds(runs, [&](const Outcome& one) { return one.exact.shares(Index(i)); });
    const Spread oja = over_seeds(runs, [](const Outcome& one) { return one.oja_cosine; });
    table.add({std::to_string(i + 1), fixed(share.mean, 4), cosine_of(runs, i).text(4),
               i == 0 ? oja.text(4) : ""});
  }
  return table;
}

Bars chart(const std::vector<Outcome>& runs, std::initializer_list<std::size_t> which,
           const std::string& y_label) {
  Bars bars{.y_label = y_label, .groups = {set_names.begin(), set_names.end()}};
  for (const std::size_t q : which) {
    Series series{.name = quantities[q].name};
    for (std::size_t set = 0; set < sets; ++set) {
      const Spread spread = character_of(runs, set, quantities[q]);
      series.y.push_back(spread.mean);
      series.error.push_back(spread.deviation);
    }
    bars.series.push_back(series);
  }
  return bars;
}

/// The middle of a picture.
Image middle(const Picture& picture) {
  const Index side = 256, first = (picture.rows() - side) / 2;
  const Vector<float> pixels = picture.block(first, first, side, side).reshaped();
  return grid(pixels, {.width = side, .height = side, .zoom = 1, .contrast = Contrast::Each});
}

void write_report(const Options& options, const Photographs& photographs, const Setting& setting,
                  const std::vector<Outcome>& runs) {
  const Outcome& first = runs[0];
  Report report(options, "What local rules make of natural photographs",
                "Patches of photographs, three families of rules. Hebbian growth with forgetting "
                "finds principal components, which are "
                "spread over the whole patch. BCM looks for rare and strong responses and finds "
                "edges. Latent predictive learning (LPL) "
                "looks for what persists while the gaze drifts and finds coarse and slow fields.");
  report.setting("patches", sentence(setting.side, " x ", setting.side,
                                     " pixels; whitened ones through a round window"));
  report.setting("whitening", sentence("f exp(-(f/f0)^4), f0 = ", f0,
                                       " cycles per picture; every picture to unit variance"));
  report.setting("seeds", std::to_string(runs.size()));
  report.setting("Oja, Sanger", sentence(setting.principal_steps, " steps of ", setting.batch,
                                         " patches, rate ", setting.principal_eta));
  report.setting("BCM",
                 sentence(setting.bcm_steps, " steps of ", setting.batch, " patches, rate ",
                          setting.bcm_eta, ", threshold over ", setting.tau_theta,
                          " steps, response rectified and saturating at ", setting.saturation));
  report.setting(
      "LPL, Hebb",
      sentence(setting.lpl_steps, " steps of ", setting.batch, " pairs, rate ", setting.lpl_eta,
               ", decorrelation ", setting.decorrelation, ", weight decay ", setting.weight_decay));

  report.section("The photographs");
  report.images("photograph",
                {{"raw", middle(photographs.raw[0])}, {"whitened", middle(photographs.white[0])}},
                {"Whitening takes away the coarse shades, which carry nearly all the variance, and "
                 "leaves edges."});

  report.section("Raw patches: principal components");
  const Grid gray{.width = setting.side,
                  .height = setting.side,
                  .across = setting.components,
                  .zoom = 4,
                  .contrast = Contrast::Signed};
  report.images("components",
                {{"exact", grid(first.exact.fields.transpose(), gray)},
                 {"Sanger's rule", grid(first.sanger.transpose(), gray)},
                 {"Oja's rule, one unit", grid(first.oja.transpose(), gray)}},
                {"The first components, from the left. Both rows agree, and Oja's unit has found "
                 "the first. They are waves over the whole "
                 "patch: no field is at one place.",
                 "Sanger (1989) showed components of one photograph, which have the same shapes."});
  report.table(components_table(runs),
               {"Components with nearly equal variance are the last to part; their cosines are the "
                "lowest. Mean ± standard deviation over "
                "seeds, each with patches of its own."});
  Lines cosines{.x_label = "component", .y_label = "|cosine| with the exact one"};
  for (const Outcome& one : runs) {
    Series series{.name = "seed " + std::to_string(cosines.series.size() + 1)};
    for (std::size_t i = 0; i < one.cosines.size(); ++i) {
      series.x.push_back(double(i + 1));
      series.y.push_back(one.cosines[i]);
    }
    cosines.series.push_back(series);
  }
  report.figure(draw(options.directory, "cosines", cosines),
                {"How close each of Sanger's units comes to its component."});

  report.section("Whitened patches: fields");
  const Grid map{.width = setting.side,
                 .height = setting.side,
                 .across = 8,
                 .zoom = 4,
                 .contrast = Contrast::Signed};
  std::vector<std::pair<std::string, Image>> maps;
  for (std::size_t set = 0; set < sets; ++set)
    maps.emplace_back(set_names[set], grid(first.fields[set].transpose(), map));
  report.images("fields", maps,
                {"Red weights are positive, blue negative, each field to its own greatest "
                 "magnitude. BCM units are edge and bar detectors, "
                 "most of them upright or level, as most edges in these photographs are, and long: "
                 "they end with the window. LPL's fields are "
                 "coarser than those of its Hebbian form, oriented in part, and many keep to the "
                 "window's border.",
                 "Shouval, Intrator & Cooper (1997) found oriented fields with BCM in natural "
                 "scenes; Olshausen & Field (1996) and Bell & "
                 "Sejnowski (1997) found localised, oriented ones by sparse coding and independent "
                 "components, at all orientations."});

  report.section("The fields in numbers");
  report.table(fields_table(runs),
               {"OSI = (R_preferred - R_orthogonal) / (R_preferred + R_orthogonal) for sine "
                "gratings; tuning = |sum R exp(2 i angle)| / sum "
                "R, which a lucky maximum helps less; area = share of the patch that a field "
                "fills, 1/3 for noise; kurtosis (excess) and "
                "delta = <(later - now)^2> / variance of the drive w x on photographs that were "
                "not learned from. Means over fields; ± "
                "standard deviation over seeds."});
  report.figure(
      draw(options.directory, "orientation", chart(runs, {0, 1}, "selectivity for orientation")),
      {"BCM fields are sharply tuned. The OSI alone flatters random fields, whose preferred "
       "grating is picked from many."});
  report.figure(draw(options.directory, "kurtosis", chart(runs, {3}, "excess kurtosis of w x")),
                {"Random fields are above 0 already, because contrast varies over a photograph; "
                 "BCM's responses are rarer and stronger."});
  report.figure(draw(options.directory, "delta", chart(runs, {4}, "<(later - now)^2> / variance")),
                {"The lower the slower. LPL is the only rule here that knows of time, and is far "
                 "slower than its Hebbian form. BCM's long and "
                 "coarse edges are as slow without knowing of time."});
  report.write();
}

void write_summary(Summary& summary, const std::string& path, const std::vector<Outcome>& runs) {
  for (std::size_t set = 0; set < sets; ++set)
    for (const Quantity& quantity : quantities)
      summary.set(set_keys[set] + "_" + quantity.key, character_of(runs, set, quantity).mean);
  for (std::size_t i = 0; i < runs[0].cosines.size(); ++i)
    summary.set("sanger_cosine_" + std::to_string(i + 1), cosine_of(runs, i).mean);
  summary.set("oja_cosine",
              over_seeds(runs, [](const Outcome& one) { return one.oja_cosine; }).mean);
  summary.set("data", path);
  summary.set("seeds", runs.size());
  summary.write();
}

/// The fields as numbers, one a line.
void write_fields(const Options& options, const Outcome& outcome) {
  for (std::size_t set = 0; set < sets; ++set) {
    std::string csv;
    for (const auto& field : outcome.fields[set].rowwise()) {
      for (const float weight : field) csv += exact(double(weight)) + ",";
      csv.back() = '\n';
    }
    write_file(options.directory / ("fields_" + set_keys[set] + ".csv"), csv);
  }
}

void study(const Options& options, const std::string& path, const Setting& setting, Index seeds,
           bool resume) {
  Summary summary(options);
  require_data(path, "point to an IDX file of gray, square photographs with --path");
  const ImageSet images = read_idx_images(path);
  require(images.size() > held_out, path, " has ", images.size(), " photographs; more than ",
          held_out, " are needed");
  Checkpoints checkpoints{options.directory, resume, {}};
  checkpoints.settings.set("digest of the photographs", digest_of({&images}));
  const Photographs photographs(images, f0);
  std::vector<Outcome> runs;
  {
    Progress progress("learning", seeds, "seeds");
    for (Index i = 0; i < seeds; ++i) {
      runs.push_back(run(photographs, setting, options.seed + std::uint64_t(i), checkpoints));
      progress.advance();
    }
  }
  std::cout << '\n'
            << components_table(runs) << '\n'
            << fields_table(runs) << "\nMeans over fields, ± standard deviation over " << seeds
            << " seed(s); drive on held-out photographs.\n";
  write_report(options, photographs, setting, runs);
  write_fields(options, runs[0]);
  write_summary(summary, path, runs);
}

}  // namespace

int main(int argc, char** argv) {
  Program program(
      "natural_images",
      "Receptive fields from natural photographs: principal components, BCM's edges, slow fields.");
  std::string path = "natural/kodak-gray-24x512x512-idx3-ubyte.gz";
  Index seeds = 3;
  program.app.add_option("--path", path, "IDX file of gray, square photographs, plain or .gz")
      ->capture_default_str();
  program.app.add_option("--seeds", seeds, "independent repetitions")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  bool resume = false;
  program.app.add_flag("--resume", resume, "continue every learner from its checkpoint in --out");
  return program.run(argc, argv, [&](const Options& options) {
    study(options, path, {}, options.quick ? 1 : seeds, resume);
  });
}

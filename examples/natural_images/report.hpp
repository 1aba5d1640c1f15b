/// @file
/// The tables on the terminal, the figures and the report.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "common/report.hpp"
#include "hebb/analysis/spread.hpp"
#include "natural_images/experiment.hpp"

namespace natural {

using namespace hebb;
using namespace example;

inline Spread character_of(const std::vector<Outcome>& runs, std::size_t set,
                           const Quantity& quantity) {
  return spread(runs, [&](const Outcome& one) { return one.character[set].*quantity.value; });
}

inline Spread cosine_of(const std::vector<Outcome>& runs, std::size_t component) {
  return spread(runs, [&](const Outcome& one) { return one.cosines[component]; });
}

inline Table fields_table(const std::vector<Outcome>& runs) {
  Table table{{"fields"}};
  for (const Quantity& quantity : quantities) table.head.push_back(quantity.name);
  for (std::size_t set = 0; set < sets; ++set) {
    std::vector<std::string> row{set_names[set]};
    for (const Quantity& quantity : quantities)
      row.push_back(
          with_deviation(character_of(runs, set, quantity), quantity.key == "kurtosis" ? 1 : 3));
    table.add(row);
  }
  return table;
}

inline Table components_table(const std::vector<Outcome>& runs) {
  Table table{{"component", "share of variance", "|cosine|, Sanger", "|cosine|, Oja"}};
  for (std::size_t i = 0; i < runs[0].cosines.size(); ++i) {
    const Spread share =
        spread(runs, [&](const Outcome& one) { return one.exact.shares(Index(i)); });
    const Spread oja = spread(runs, [](const Outcome& one) { return one.oja_cosine; });
    table.add({std::to_string(i + 1), fixed(share.mean, 4), with_deviation(cosine_of(runs, i), 4),
               i == 0 ? with_deviation(oja, 4) : ""});
  }
  return table;
}

inline Bars chart(const std::vector<Outcome>& runs, std::initializer_list<std::size_t> which,
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
inline Image middle(const Picture& picture) {
  const Index side = 256, first = (picture.rows() - side) / 2;
  const Vector<float> pixels = picture.block(first, first, side, side).reshaped();
  return grid(pixels, {.width = side, .height = side, .zoom = 1, .contrast = Contrast::Each});
}

inline void write_report(const Options& options, const Photographs& photographs,
                         const Setting& setting, const std::vector<Outcome>& runs) {
  const Outcome& first = runs[0];
  const auto found = [&](std::size_t set, std::size_t quantity) {
    return fixed(character_of(runs, set, quantities[quantity]).mean, 2);
  };
  Report report(
      options, "Receptive fields that local rules learn from natural photographs",
      "Three families of rules learn from patches of photographs. The rules of Oja and "
      "Sanger learn principal components, which extend over the whole patch. BCM favours "
      "rare, strong responses. Latent predictive learning (LPL) favours features that "
      "persist while the gaze drifts. Tuning of the fields for orientation: BCM " +
          found(bcm_set, 1) + ", random fields " + found(random_set, 1) +
          ". Change of the responses from one step to the next, in units of their "
          "variance: LPL " +
          found(lpl_set, 4) + ", its Hebbian form " + found(hebbian_set, 4) + ".",
      {"the papers",
       "E. Oja, J. Math. Biol. 15:267-273 (1982); T. D. Sanger, Neural Networks 2:459-473 "
       "(1989); H. Shouval, N. Intrator & L. N. Cooper, Vision Res. 37:3339-3342 (1997); "
       "B. A. Olshausen & D. J. Field, Nature 381:607-609 (1996)",
       ""});
  report.setting("patches", sentence(setting.side, " x ", setting.side,
                                     " pixels; whitened ones through a round window"));
  report.setting("whitening", sentence("f exp(-(f/f0)^4), f0 = ", f0,
                                       " cycles per picture; every picture to unit variance"));
  report.setting("seeds", std::to_string(runs.size()));
  report.setting("Oja, Sanger", sentence(setting.principal_steps, " steps of ", setting.batch,
                                         " patches, learning rate ", setting.principal_eta));
  report.setting(
      "BCM", sentence(setting.bcm_steps, " steps of ", setting.batch, " patches, learning rate ",
                      setting.bcm_eta, ", threshold over ", setting.tau_theta,
                      " steps, response rectified and saturating at ", setting.saturation));
  report.setting("LPL, Hebb",
                 sentence(setting.lpl_steps, " steps of ", setting.batch, " pairs, learning rate ",
                          setting.lpl_eta, ", decorrelation ", setting.decorrelation,
                          ", weight decay ", setting.weight_decay));

  report.section("The photographs");
  report.images("photograph",
                {{"raw", middle(photographs.raw[0])}, {"whitened", middle(photographs.white[0])}},
                {"The middle of one photograph. Whitening attenuates low spatial frequencies, "
                 "which carry most of the variance; edges remain."});

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
                {"The first components of the first seed, in order from the left: exact, and "
                 "learned by Sanger's rule; and the weights of a unit under Oja's rule.",
                 "Sanger (1989) showed components of one photograph, which have the same shapes."});
  report.table(
      components_table(runs),
      {"Share of the variance of each exact component, and the cosine of the learned component "
       "with it. Mean ± standard deviation over seeds, which use different patches."});
  Lines cosines{.x_label = "component", .y_label = "|cosine| with the exact one"};
  for (const Outcome& one : runs) {
    Series series{.name = "seed " + std::to_string(cosines.series.size() + 1)};
    for (std::size_t i = 0; i < one.cosines.size(); ++i) {
      series.x.push_back(double(i + 1));
      series.y.push_back(one.cosines[i]);
    }
    cosines.series.push_back(series);
  }
  report.figure(
      draw(options.directory, "cosines", cosines),
      {"Cosine of each unit under Sanger's rule with its exact component, for every seed."});

  report.section("Whitened patches: fields");
  const Grid map{.width = setting.side,
                 .height = setting.side,
                 .across = 8,
                 .zoom = 4,
                 .contrast = Contrast::Signed};
  std::vector<std::pair<std::string, Image>> maps;
  for (std::size_t set = 0; set < sets; ++set)
    maps.emplace_back(set_names[set], grid(first.fields[set].transpose(), map));
  report.images(
      "fields", maps,
      {"Fields of the first seed. Red weights are positive, blue negative; each field is scaled to "
       "its own greatest magnitude. In a run with the default settings and photographs BCM's "
       "fields are edges "
       "and bars that extend to the border of the window, and LPL's fields are coarser than "
       "those of its Hebbian form.",
       "Shouval, Intrator & Cooper (1997) found oriented fields with BCM in natural scenes; "
       "Olshausen & Field (1996) and Bell & Sejnowski (1997) found localised, oriented ones by "
       "sparse coding and independent components, at all orientations."});

  report.section("The fields in numbers");
  report.table(
      fields_table(runs),
      {"OSI = (R_preferred - R_orthogonal) / (R_preferred + R_orthogonal) for sine gratings; "
       "tuning = |sum R exp(2 i angle)| / sum R, which depends less on a single maximum; area = "
       "share of the patch that a field fills, 1/3 for noise; kurtosis = excess kurtosis of the "
       "drive w x, delta = <(later - now)^2> / variance of it, both on photographs not used for "
       "learning. Means over fields; ± standard deviation over seeds."});
  report.figure(
      draw(options.directory, "orientation", chart(runs, {0, 1}, "selectivity for orientation")),
      {"OSI and tuning of each set of fields. The preferred grating is the best of many, so OSI is "
       "above 0 even for random fields, for which it is " +
       fixed(character_of(runs, random_set, quantities[0]).mean, 2) + " here; their tuning is " +
       fixed(character_of(runs, random_set, quantities[1]).mean, 2) + "."});
  report.figure(draw(options.directory, "kurtosis", chart(runs, {3}, "excess kurtosis of w x")),
                {"Excess kurtosis of the responses; a Gaussian has 0. Contrast varies over a "
                 "photograph, which "
                 "alone raises that of random fields, " +
                 fixed(character_of(runs, random_set, quantities[3]).mean, 1) + " here."});
  report.figure(draw(options.directory, "delta", chart(runs, {4}, "<(later - now)^2> / variance")),
                {"A lower value is a slower response. LPL is the only rule here that uses the "
                 "order in time; the other sets serve as controls."});
  report.write();
}

}  // namespace natural

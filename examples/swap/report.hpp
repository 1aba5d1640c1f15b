/// @file
/// The table on the terminal, the figures and the report.
#pragma once

#include <string>
#include <vector>

#include "common/report.hpp"
#include "expose.hpp"
#include "monkey.hpp"

namespace swap_experiment {

using example::fixed;

/// A warning if the network does not distinguish the images before exposure; empty otherwise.
inline std::string verdict(const std::vector<Measurement>& course) {
  const hebb::Spread& at_centre = course.front().selectivity.at_centre;
  if (at_centre.mean > 2 * at_centre.standard_error) return {};
  return "The network learned nothing before exposure: P - N at the centre is " +
         fixed(at_centre.mean) + ", with a standard error of " + fixed(at_centre.standard_error) +
         ".";
}

/// A measure of the network over the part of the exposures that it has seen, in percent, as (value
/// - origin) / unit.
inline example::Series model_line(const std::string& name, const std::vector<Measurement>& course,
                                  hebb::Spread Selectivity::*what, double origin, double unit,
                                  int shade) {
  example::Series series{.name = name, .shade = shade};
  for (const Measurement& at : course) {
    series.x.push_back(100 * double(at.exposures) / double(course.back().exposures));
    series.y.push_back(((at.selectivity.*what).mean - origin) / unit);
    series.error.push_back((at.selectivity.*what).standard_error / unit);
  }
  return series;
}

inline example::Series monkey_points(const std::string& name, const Course& course, double origin,
                                     double unit, int shade) {
  example::Series series{.name = name, .shade = shade, .mark = example::Mark::Points};
  for (const double exposures : course.exposures)
    series.x.push_back(100 * exposures / course.exposures.back());
  for (const double value : course.value) series.y.push_back((value - origin) / unit);
  for (const double error : course.error) series.error.push_back(error / unit);
  return series;
}

/// The changes in percent of P - N before exposure. For P and N this is P - N at the swap place.
inline example::Table results_table(const std::vector<Measurement>& course, const Monkey& monkey) {
  const Selectivity &first = course.front().selectivity, &last = course.back().selectivity;
  example::Table table{{"", "before", "after", "change, %", "monkey, %", "published network, %"}};
  const auto add = [&](const std::string& name, hebb::Spread Selectivity::*what, double unit,
                       const Course& measured, double measured_unit, const std::string& published) {
    const double before = (first.*what).mean, after = (last.*what).mean;
    table.add({name, fixed(before), fixed(after), fixed(100 * (after - before) / unit, 0),
               fixed(100 * (measured.value.back() - measured.value.front()) / measured_unit, 0),
               published});
  };
  const auto add_difference = [&](const std::string& name, hebb::Spread Selectivity::*what,
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

inline example::Lines selectivity_figure(const std::vector<Measurement>& course,
                                         const Monkey& monkey) {
  const Selectivity& first = course.front().selectivity;
  example::Lines lines{.x_label = "exposures, % of all",
                       .y_label = "selectivity P - N, before = 1"};
  lines.series = {
      model_line("non-swap", course, &Selectivity::non_swap, 0, first.non_swap.mean, 0),
      model_line("control", course, &Selectivity::control, 0, first.control.mean, 6),
      model_line("swap", course, &Selectivity::swap, 0, first.swap.mean, 1),
      monkey_points("monkey, non-swap", monkey.non_swap, 0, monkey.non_swap.value.front(), 0),
      monkey_points("monkey, control", monkey.control, 0, monkey.control.value.front(), 6),
      monkey_points("monkey, swap", monkey.swap, 0, monkey.swap.value.front(), 1)};
  return lines;
}

inline example::Lines response_figure(const std::vector<Measurement>& course,
                                      const Monkey& monkey) {
  const Selectivity& first = course.front().selectivity;
  const double middle = (first.preferred.mean + first.non_preferred.mean) / 2,
               unit = first.preferred.mean - first.non_preferred.mean;
  const double p = monkey.preferred.value.front(), n = monkey.non_preferred.value.front();
  example::Lines lines{.x_label = "exposures, % of all", .y_label = "response at the swap place"};
  lines.series = {model_line("P", course, &Selectivity::preferred, middle, unit, 1),
                  model_line("N", course, &Selectivity::non_preferred, middle, unit, 0),
                  monkey_points("monkey, P", monkey.preferred, (p + n) / 2, p - n, 1),
                  monkey_points("monkey, N", monkey.non_preferred, (p + n) / 2, p - n, 0)};
  return lines;
}

inline example::Lines loss_figure(const std::vector<Measurement>& course) {
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

inline void write_report(const example::Options& options, const Source& source,
                         const Settings& settings, const Results& results, const Design& design,
                         const Monkey& monkey) {
  using namespace example;
  const Matrix<float>& canvases = results.canvases;
  const std::vector<Measurement>& course = results.course;
  const Selectivity &first = course.front().selectivity, &last = course.back().selectivity;
  Report report(options, "Objects swapped during an eye movement",
                "A network has learned responses that are the same for an image at three places. "
                "Then it sees images that are replaced by another while they move from the centre "
                "to one of the places. It continues to learn by prediction, and the selectivity of "
                "its units at that place is then " +
                    fixed(100 * last.swap.mean / first.swap.mean, 0) +
                    " % of what it was. In the monkey it was " +
                    fixed(100 * monkey.swap.value.back() / monkey.swap.value.front(), 0) + " %.",
                example::halvagal_zenke);
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
                                " pairs of images; dense layer: plain steps, learning rate ",
                                settings.exposed_eta, "; convolutions: Adam, learning rate ",
                                settings.exposed_encoder_eta));

  report.paragraph(results.alarms.sentence());
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
                  {"The four exposures of one pair: an image at the centre, then the same image at "
                   "the bottom, or the other image of the pair at the top. For half of the pairs "
                   "top and bottom are exchanged. Control pairs are not shown during exposure."});
  }

  report.section("Selectivity before and after exposure");
  if (options.quick)
    report.paragraph(
        "In a quick run the dense layer has not converged before exposure, so selectivity also "
        "changes at the other places.");
  report.table(
      results_table(course, monkey),
      {"P is the response to the image that a unit prefers before exposure, N the "
       "response to the other image. Changes are in percent of P - N before exposure.",
       "Fig. 4: VGG-11 on STL-10, 13 tiles, 512 units, 400 exposures: swap 1.03 to 0.30, non-swap "
       "1.06 to 1.09, control 0.96 to 0.92, P 0.54 to 0.21, N -0.50 to -0.18."});
  report.figure(
      draw(options.directory, "selectivity", selectivity_figure(course, monkey)),
      {"Lines are the network, with standard errors over pairs of images; points are "
       "neurons of two monkeys" +
           std::string(monkey.swap.error.empty() ? "." : ", with their error bars.") +
           " Every curve is divided by its own value before exposure. The axis is the part of "
           "the exposures: " +
           std::to_string(settings.exposures) + " of the network, " +
           fixed(monkey.swap.exposures.back(), 0) + " of the monkeys.",
       "Fig. 4: the published network falls from 1.03 to 0.30 (0.29 of its first value) in 400 "
       "exposures."});
  report.figure(
      draw(options.directory, "responses", response_figure(course, monkey)),
      {"Responses to the preferred (P) and the other image (N) at the swap place. For the network "
       "and for the monkeys, zero is midway between P and N before exposure, and the unit is their "
       "difference.",
       "Fig. 4: P 0.54 to 0.21 and N -0.50 to -0.18, at the swap place of one half of the pairs."});
  report.figure(
      draw(options.directory, "losses", loss_figure(course)),
      {"The three losses of the dense layer on the exposed images, each without its coefficient.",
       "Predictive 1.32 to 0.70, Hebbian -0.15 to 0.04, decorrelation 0.095 to 0.042."});
  report.write();
}

}  // namespace swap_experiment

/// @file
/// The figures of the report.
#pragma once

#include <algorithm>

#include "common/figure.hpp"
#include "spiking_lpl/conditions.hpp"

namespace recurrent {

/// The share of values in equal bins, as a line.
inline Series histogram(const std::string& name, const Vector<double>& values, double low,
                        double high, int bins) {
  Series series{.name = name};
  const double width = (high - low) / bins;
  for (int b = 0; b < bins; ++b) {
    series.x.push_back(low + (b + 0.5) * width);
    series.y.push_back(0);
  }
  for (const double value : values)
    series.y[std::size_t(std::clamp(int((value - low) / width), 0, bins - 1))] +=
        1 / double(values.size());
  return series;
}

inline Lines course_chart(const Job& job, const std::vector<Outcome>& outcomes, Index row,
                          const std::string& label) {
  Lines lines{.x_label = "time, s", .y_label = label};
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    const Matrix<double>& course = outcomes[k].recording.course;
    Series series{.name = condition_names[job.chosen[k]], .shade = int(job.chosen[k])};
    const Index stride = std::max<Index>(1, course.cols() / 200);  // means over so many intervals
    for (Index at = 0; at + stride <= course.cols(); at += stride) {
      series.x.push_back(Recording::course_interval * (double(at) + 0.5 * double(stride)));
      series.y.push_back(course.row(row).segment(at, stride).mean());
    }
    if (!series.x.empty() && !(row == 1 && job.chosen[k] == no_inhibition))
      lines.series.push_back(series);
  }
  return lines;
}

/// Spikes of the last seconds, counted from their beginning; excitatory neurons ordered from those
/// of P1 to those of P2.
inline Scatter raster(const Outcome& outcome, double begin) {
  const Vector<double> preference = outcome.selectivity(3, 1);
  std::vector<Index> order(excitatory), place(excitatory);
  for (Index i = 0; i < excitatory; ++i) order[std::size_t(i)] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return preference(a) < preference(b); });
  for (Index i = 0; i < excitatory; ++i) place[std::size_t(order[std::size_t(i)])] = i;
  Series p1{.name = "excitatory, of P1", .shade = 0}, p2{.name = "of P2", .shade = 1},
      inh{.name = "inhibitory", .shade = 2};
  const auto add = [&](Series& series, const Spike& spike, double row) {
    series.x.push_back(double(spike.step) * dt - begin);
    series.y.push_back(row);
  };
  const Recording& r = outcome.recording;
  for (Index k = 0; k < r.raster_exc.size(); ++k) {
    const Spike spike = r.raster_exc[k];
    add(preference(spike.neuron) < 0 ? p1 : p2, spike, double(place[std::size_t(spike.neuron)]));
  }
  for (Index k = 0; k < r.raster_inh.size(); ++k)
    add(inh, r.raster_inh[k], double(excitatory + r.raster_inh[k].neuron));
  Scatter chart{.x_label = "time, s", .y_label = "neuron"};
  for (const Series& series : {p1, p2, inh})
    if (!series.x.empty()) chart.series.push_back(series);
  return chart;
}

/// True and predicted rates of a population in the held-out bins, predicted from the spikes of
/// every condition.
inline Lines reconstruction_chart(const Job& job, const std::vector<Outcome>& outcomes,
                                  Index population) {
  Lines lines{.x_label = "held-out time, s",
              .y_label = population_names[std::size_t(population)] + ", Hz per neuron"};
  const double hz = 1 / (double(population_size) * double(Counts::bin) * dt);
  const auto line = [&](const std::string& name, const Matrix<double>& counts, int shade) {
    Series series{.name = name, .shade = shade};
    for (Index at = 0; at < counts.cols(); ++at) {
      series.x.push_back(double(at * Counts::bin) * dt);
      series.y.push_back(hz * counts(population, at));
    }
    lines.series.push_back(series);
  };
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    if (k == 0) line("truth", outcomes[k].after.truth, 6);
    line(condition_names[job.chosen[k]], outcomes[k].after.predicted, int(job.chosen[k]));
  }
  return lines;
}

}  // namespace recurrent

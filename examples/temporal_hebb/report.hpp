/// @file
/// What a run shows: the table on the terminal, summary.json, and the page.
#pragma once

#include <string>
#include <vector>

#include "common/report.hpp"
#include "common/summary.hpp"
#include "course.hpp"

namespace temporal_hebb {

struct Surprise {
  std::string title;
  std::vector<double> feedback;  ///< of every batch
};

struct Results {
  std::string data;
  std::vector<Course> courses = {};
  std::vector<Surprise> surprises = {};
};

inline void summarize(const Results& results, example::Summary& summary) {
  summary.set("data", results.data);
  for (const Course& course : results.courses) {
    const std::string& name = course.arm.name;
    const Index last = course.epochs();
    summary.set(name + "_test_accuracy", course.rows(last, Course::test));
    summary.set(name + "_validation_accuracy", course.rows(course.best(), Course::validation));
    summary.set(name + "_best_epoch", course.best());
    if (course.has_latency()) {
      summary.set(name + "_latency_first", course.rows(0, Course::latency));
      summary.set(name + "_latency_last", course.rows(last, Course::latency));
    }
    summary.set(name + "_feedback_first", course.feedback_sum(0));
    summary.set(name + "_feedback_last", course.feedback_sum(last));
    for (Index k = 0; k < course.layers(); ++k) {
      const std::string layer = "_layer" + std::to_string(k + 1);
      summary.set(name + "_angle_to_gradient" + layer, course.gradient_angles(last)(k));
      if (course.has_gauss_newton()) summary.set(name + "_angle_to_gauss_newton" + layer, course.gauss_newton_angles(last)(k));
    }
    summary.set(name + "_seconds_per_epoch", course.seconds_per_epoch());
    summary.set(name + "_seconds_per_batch", course.seconds_per_batch());
  }
}

inline example::Table table_of(const Results& results) {
  using example::fixed;
  example::Table table{{"", "test, %", "validation", "latency", "at the end", "feedback", "at the end", "s/epoch"}};
  for (const Course& course : results.courses) {
    const Index last = course.epochs();
    const bool latency = course.has_latency();
    table.add({course.arm.title, fixed(course.rows(last, Course::test), 2), fixed(course.rows(course.best(), Course::validation), 2),
               latency ? fixed(course.rows(0, Course::latency), 2) : "", latency ? fixed(course.rows(last, Course::latency), 2) : "",
               fixed(course.feedback_sum(0), 3), fixed(course.feedback_sum(last), 3), fixed(course.seconds_per_epoch(), 2)});
  }
  return table;
}

/// A line for every course that is chosen, epoch by epoch.
inline example::Lines over_epochs(const Results& results, const std::string& y_label, const auto& chosen, const auto& value,
                                  Index first_epoch = 0) {
  example::Lines lines{.x_label = "epoch", .y_label = y_label};
  for (const Course& course : results.courses) {
    if (!chosen(course)) continue;
    example::Series series{.name = course.arm.title};
    for (Index epoch = first_epoch; epoch <= course.epochs(); ++epoch) {
      series.x.push_back(double(epoch));
      series.y.push_back(value(course, epoch));
    }
    lines.series.push_back(std::move(series));
  }
  return lines;
}

/// Angles of every layer after learning.
inline example::Lines angles(const Results& results, const std::string& y_label, const auto& chosen, const auto& of) {
  example::Lines lines{.x_label = "layer", .y_label = y_label};
  for (const Course& course : results.courses) {
    if (!chosen(course)) continue;
    example::Series series{.name = course.arm.title};
    for (Index k = 0; k < course.layers(); ++k) {
      series.x.push_back(double(k + 1));
      series.y.push_back(of(course)(k));
    }
    lines.series.push_back(std::move(series));
  }
  return lines;
}

inline void write_report(const Results& results, const example::Options& options) {
  using namespace example;
  const auto& directory = options.directory;
  Report report(options, "Learning from how rates change",
                "Feedback moves the rates of a network towards what they should have been. A synapse learns from how its postsynaptic "
                "rate changed, the rate form of STDP, and needs no error: the temporal Hebbian rule. Here it is beside the error-based "
                "rule of each framework, and beside backpropagation.");
  const Settings& settings = results.courses.front().settings;
  report.setting("images", results.data + ", " + std::to_string(settings.images) +
                               " to learn from; the epoch is chosen on validation images, 5000 of the training set");
  for (const Course& course : results.courses) {
    std::string sizes;
    for (const Index size : course.arm.model.sizes) sizes += (sizes.empty() ? "" : "-") + std::to_string(size);
    report.setting(course.arm.title,
                   sizes + ", " + std::to_string(course.settings.epochs) + " epochs, batches of " + std::to_string(course.settings.batch) +
                       ", rate " + exact(course.settings.eta) +
                       (course.settings.inference > 0 ? ", " + std::to_string(course.settings.inference) + " steps" : ""));
  }

  report.section("What they reach");
  report.table(
      table_of(results),
      {"Accuracy on test images at the epoch that is best on validation images; latency, the time until half the untrained network's "
       "output error is gone (feedback control: controller time constants; else steps), and feedback to the hidden layers, "
       "mean norm, both on 128 validation images before and after learning.",
       "The paper's own table was not at hand. Relatives on MNIST after 40 epochs (784-256-256-256-10, tanh): backpropagation "
       "98.17, DFC 97.80, strong DFC 97.72 %."});
  const auto main_arms = [](const Course& course) { return !course.arm.variant; };
  const auto accuracy = [](const Course& course, Index epoch) { return course.rows(epoch, Course::validation); };
  bool any_main = false, any_variant = false;
  for (const Course& course : results.courses) (course.arm.variant ? any_variant : any_main) = true;
  const auto by_framework = [&](const std::string& name, const auto& keep, const std::string& words) {
    for (const auto& [framework, title] : {std::pair<std::string, std::string>{"dfc", "Deep Feedback Control"},
                                           {"pc", "Predictive Coding"},
                                           {"ep", "Equilibrium Propagation"}}) {
      const auto shown = [&](const Course& course) {
        return keep(course) && (course.arm.framework == framework || (course.arm.framework == "bp" && framework == "dfc"));
      };
      if (std::none_of(results.courses.begin(), results.courses.end(), shown)) continue;
      report.figure(draw(directory, name + "_" + framework, over_epochs(results, "validation images right, %", shown, accuracy, 1)),
                    {title + ": " + words});
    }
  };
  if (any_main) by_framework("accuracy", main_arms, "the temporal Hebbian form beside the form that is told errors.");

  const auto infers = [&](const Course& course) { return main_arms(course) && course.has_latency() && course.arm.rule != "stdp"; };
  if (std::any_of(results.courses.begin(), results.courses.end(), infers)) {
    report.section("Sooner, and with less feedback");
    report.figure(draw(directory, "latency",
                       over_epochs(results, "latency, part of the untrained network's", infers,
                                   [](const Course& course, Index epoch) {
                                     return course.rows(epoch, Course::latency) / std::max(course.rows(0, Course::latency), 1e-12);
                                   })),
                  {"The time until half the untrained network's error is gone, in units of what it was before learning. It is 0 where "
                   "the output is there before any feedback.",
                   "The paper shows that the rule lowers the latency of inference."});
    report.figure(draw(directory, "feedback",
                       over_epochs(results, "feedback, part of the untrained network's", infers,
                                   [](const Course& course, Index epoch) { return course.feedback_sum(epoch) / course.feedback_sum(0); })),
                  {"How much feedback the hidden layers hear in an inference, in units of what it was before learning. Layers come to do "
                   "without it.",
                   "The paper shows that the rule lowers the feedback that is necessary."});
  }

  report.section("Which way they step");
  report.figure(draw(directory, "angles_gradient",
                     angles(
                         results, "angle to the gradient, degrees", [&](const Course& c) { return main_arms(c); },
                         [](const Course& course) { return course.gradient_angles(course.epochs()); })),
                {"The angle between each layer's change and that of backpropagation on the same weights and images, after learning (for "
                 "equilibrium propagation the gradient at the equilibrium). Below 90 degrees a small step lowers the loss."});
  const auto newton = [&](const Course& course) { return main_arms(course) && course.has_gauss_newton(); };
  if (std::any_of(results.courses.begin(), results.courses.end(), newton))
    report.figure(
        draw(directory, "angles_gauss_newton",
             angles(results, "angle to Gauss-Newton, degrees", newton,
                    [](const Course& course) { return course.gauss_newton_angles(course.epochs()); })),
        {"The same, to the Gauss-Newton targets J^T (J J^T)^-1 e, which feedback control finds where its controller has no leak."});

  if (!results.surprises.empty()) {
    report.section("Surprise");
    Lines lines{.x_label = "batch", .y_label = "feedback to the hidden layers"};
    for (const Surprise& surprise : results.surprises) {
      Series series{.name = surprise.title};
      constexpr std::size_t window = 6;
      for (std::size_t begin = 0; begin + window <= surprise.feedback.size(); begin += window) {
        double sum = 0;
        for (std::size_t i = begin; i < begin + window; ++i) sum += surprise.feedback[i];
        series.x.push_back(double(begin + window / 2));
        series.y.push_back(sum / double(window));
      }
      lines.series.push_back(std::move(series));
    }
    report.figure(
        draw(directory, "surprise", lines),
        {"In the first half every label is shifted by one class, then all are right. Feedback falls while the network learns the wrong "
         "labels, jumps when they change, and falls again: it is a sign of surprise.",
         "Fig. 5 shows the same course. (The published program gives nearly all shifted images one and the same class.)"});
  }
  if (any_variant) {
    report.section("The family");
    by_framework(
        "variants", [](const Course&) { return true; }, "its variants.");
  }
  report.write();
}

}  // namespace temporal_hebb

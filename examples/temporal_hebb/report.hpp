/// @file
/// The table on the terminal, summary.json, the figures and the report.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "common/report.hpp"
#include "common/summary.hpp"
#include "experiment.hpp"

namespace temporal_hebb {

inline void summarize(const Results& results, example::Summary& summary) {
  summary.set("data", results.data);
  if (!results.verdict.empty()) summary.set("verdict", results.verdict);
  for (const Course& course : results.courses) {
    const std::string& name = course.arm.name;
    const Index last = course.epochs();
    if (!course.troubles.empty()) summary.set("troubles_" + name, course.troubles);
    summary.set(name + "_test_accuracy", course.rows(last, Course::test));
    summary.set(name + "_validation_accuracy", course.rows(course.best(), Course::validation));
    summary.set(name + "_best_epoch", course.best());
    if (course.has_latency()) {
      summary.set(name + "_latency_first", course.rows(0, Course::latency));
      summary.set(name + "_latency_last", course.rows(last, Course::latency));
    }
    summary.set(name + "_feedback_first", course.feedback_sum(0));
    summary.set(name + "_feedback_last", course.feedback_sum(last));
    for (const auto& [to, word] : {std::pair{Course::to_gradient, "gradient"},
                                   {Course::to_gauss_newton, "gauss_newton"},
                                   {Course::to_error_form, "error_form"}})
      for (Index k = 0; course.has_angles(to) && k < course.layers(); ++k)
        summary.set(name + "_angle_to_" + word + "_layer" + std::to_string(k + 1),
                    course.angles(to)(k));
    summary.set(name + "_seconds_per_epoch", course.seconds_per_epoch());
    summary.set(name + "_seconds_per_batch", course.seconds_per_batch());
  }
}

inline example::Table table_of(const Results& results) {
  using example::fixed;
  example::Table table{
      {"", "test, %", "validation", "latency", "at the end", "feedback", "at the end", "s/epoch"}};
  for (const Course& course : results.courses) {
    const Index last = course.epochs();
    const bool latency = course.has_latency();
    table.add({course.arm.title, fixed(course.rows(last, Course::test), 2),
               fixed(course.rows(course.best(), Course::validation), 2),
               latency ? fixed(course.rows(0, Course::latency), 2) : "",
               latency ? fixed(course.rows(last, Course::latency), 2) : "",
               fixed(course.feedback_sum(0), 3), fixed(course.feedback_sum(last), 3),
               fixed(course.seconds_per_epoch(), 2)});
  }
  return table;
}

inline std::string alarms_of(const Results& results) {
  example::Alarms alarms;
  for (const Course& course : results.courses) alarms.add(course.arm.title, course.troubles);
  return alarms.sentence();
}

/// The colour of an arm, the same in all figures. Variants, which have a section of their own, take
/// the colours in order.
inline int shade(const Arm& arm) {
  constexpr std::array names{"dfc_error", "dfc_dh", "dfc_stdp", "pc_error", "pc_dh",
                             "ep_error",  "ep_dh",  "bp_error", "fa_error", "dfa_error"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (arm.name == names[i]) return int(i);
  return -1;
}

/// An axis that begins at 0 and holds at least 1, for measures relative to the untrained network.
inline example::Lines from_zero(example::Lines lines) {
  double most = 1;
  for (const example::Series& series : lines.series)
    for (const double y : series.y) most = std::max(most, y);
  lines.y_range = {0, 1.05 * most};
  return lines;
}

/// One line per chosen course: value(course, epoch) over epochs.
inline example::Lines over_epochs(const Results& results, const std::string& y_label,
                                  const auto& chosen, const auto& value) {
  example::Lines lines{.x_label = "epoch", .y_label = y_label};
  for (const Course& course : results.courses) {
    if (!chosen(course)) continue;
    example::Series series{.name = course.arm.title, .shade = shade(course.arm)};
    for (Index epoch = 0; epoch <= course.epochs(); ++epoch) {
      series.x.push_back(double(epoch));
      series.y.push_back(value(course, epoch));
    }
    lines.series.push_back(std::move(series));
  }
  return lines;
}

/// The angles of every layer, one line per chosen course.
inline example::Lines over_layers(const Results& results, Course::Angle to,
                                  const std::string& y_label, const auto& chosen) {
  example::Lines lines{.x_label = "layer", .y_label = y_label};
  for (const Course& course : results.courses) {
    if (!chosen(course) || !course.has_angles(to)) continue;
    example::Series series{.name = course.arm.title, .shade = shade(course.arm)};
    for (Index k = 0; k < course.layers(); ++k) {
      series.x.push_back(double(k));
      series.y.push_back(course.angles(to)(k));
      if (Index(lines.x_names.size()) <= k) lines.x_names.push_back(std::to_string(k + 1));
    }
    lines.series.push_back(std::move(series));
  }
  return lines;
}

inline void write_report(const Results& results, const example::Options& options) {
  using namespace example;
  const auto& directory = options.directory;
  Report report(options, "Learning from changes of rates over time",
                "Feedback moves the rates of a network towards their targets. Under the temporal "
                "Hebbian rule, the rate form of STDP, a synapse learns from the change of its "
                "postsynaptic rate and needs no explicit error. This report compares it with the "
                "error-based rule of each framework, and with backpropagation.",
                {"Aceituno et al. (2023)",
                 "P. V. Aceituno, M. Tristany Farinha, R. Loidl & B. F. Grewe, Front. Comput. "
                 "Neurosci. 17:1136010 (2023)",
                 "10.3389/fncom.2023.1136010"});
  report.warning(results.verdict);
  report.setting("images", results.data + ", " +
                               std::to_string(results.courses.front().settings.images) +
                               " to learn from");
  for (const Course& course : results.courses) {
    std::string sizes;
    for (const Index size : course.arm.model.sizes)
      sizes += (sizes.empty() ? "" : "-") + std::to_string(size);
    const Settings& s = course.settings;
    report.setting(course.arm.title,
                   sizes + ", " + std::to_string(s.epochs) + " epochs, batches of " +
                       std::to_string(s.batch) + ", learning rate " + exact(s.eta) +
                       (s.inference > 0 ? ", " + std::to_string(s.inference) + " steps" : ""));
  }
  const auto draw_if = [&](const std::string& name, const Lines& lines, const Caption& caption) {
    if (!lines.series.empty()) report.figure(draw(directory, name, lines), caption);
  };
  const auto is_main = [](const Course& course) { return !course.arm.variant; };
  const auto is_variant = [](const Course& course) { return course.arm.variant; };
  const std::array<std::pair<std::string, std::string>, 4> frameworks{
      {{"dfc", "Deep feedback control"},
       {"pc", "Predictive coding"},
       {"ep", "Equilibrium propagation"},
       {"balance", "Balance control (Rossbroich & Zenke 2025, bioRxiv 2025.05.12.653626)"}}};
  const auto accuracies = [&](const std::string& name, const auto& kind, const std::string& words) {
    for (const auto& [framework, title] : frameworks) {
      const auto shown = [&, &own = framework](const Course& course) {
        return kind(course) &&
               (course.arm.framework == own || (course.arm.framework == "bp" && own == "dfc"));
      };
      const auto value = [](const Course& course, Index epoch) {
        return course.rows(epoch, Course::validation);
      };
      draw_if(name + "_" + framework,
              over_epochs(results, "validation images right, %", shown, value),
              {title + ": " + words});
    }
  };

  report.section("Accuracy, latency and feedback");
  report.table(
      table_of(results),
      {"Accuracy on test images at the epoch with the best accuracy on validation images. Latency: "
       "the time until the output's error is below a fraction of the untrained network's error "
       "(feedback control: in time constants of the controller; otherwise in steps). Feedback: its "
       "mean norm in the hidden layers. Latency and feedback are measured on 128 validation images "
       "before and after learning.",
       "The paper's own table was not at hand. Relatives on MNIST after 40 epochs "
       "(784-256-256-256-10, tanh): backpropagation 98.17, DFC 97.80, strong DFC 97.72 %."});
  report.paragraph(alarms_of(results) +
                   " The layers' responses to validation images while they learned, in a sweep "
                   "from the input to the output, are in <arm>.jsonl.");
  accuracies("accuracy", is_main,
             "accuracy on validation images, before learning and after every epoch.");

  const auto settles = [&](const Course& course) {
    return is_main(course) && course.has_latency() && course.arm.rule != "stdp";
  };
  if (std::any_of(results.courses.begin(), results.courses.end(), settles))
    report.section("Latency and feedback during learning");
  draw_if("latency",
          from_zero(over_epochs(results, "latency, part of the untrained network's", settles,
                                [](const Course& course, Index epoch) {
                                  return course.rows(epoch, Course::latency) /
                                         std::max(course.rows(0, Course::latency), 1e-12);
                                })),
          {"Latency divided by its value before learning. It is 0 if the error is small before any "
           "feedback arrives.",
           "The paper shows that the rule lowers the latency of inference."});
  draw_if("feedback",
          from_zero(over_epochs(results, "feedback, part of the untrained network's", settles,
                                [](const Course& course, Index epoch) {
                                  return course.feedback_sum(epoch) / course.feedback_sum(0);
                                })),
          {"Feedback to the hidden layers per inference, divided by its value before learning.",
           "The paper shows that the rule lowers the feedback that is necessary."});

  report.section("Directions of the weight changes");
  for (const auto& [framework, title] : frameworks) {
    const auto shown = [&, &own = framework](const Course& course) {
      const bool control = course.arm.framework == "bp" || course.arm.framework == "fa" ||
                           course.arm.framework == "dfa";
      return is_main(course) && (course.arm.framework == own || (control && own == "dfc"));
    };
    draw_if("angles_gradient_" + framework,
            over_layers(results, Course::to_gradient, "angle to the gradient, degrees", shown),
            {title +
             ": the angle between each layer's weight change and the gradient for the same weights "
             "and images" +
             (framework == "ep" ? " (the gradient at the equilibrium)" : "") +
             ", the mean over all epochs. Below 90 degrees a small step lowers the loss."});
  }
  draw_if("angles_gauss_newton",
          over_layers(results, Course::to_gauss_newton, "angle to Gauss-Newton, degrees", is_main),
          {"The same angle to the Gauss-Newton targets J^T (J J^T)^-1 e, which feedback control "
           "reaches if its controller has no leak."});
  draw_if("angles_error_form",
          over_layers(results, Course::to_error_form, "angle to the error form, degrees", is_main),
          {"The angle between the weight changes of the temporal rule and of the error-based rule "
           "of its framework, for the same weights. In the first layer, whose input is constant, "
           "the two agree; in higher layers the rates also change because the layers below change.",
           "Fig. 4 correlates the updates with those of backpropagation and of DFC."});

  if (!results.surprises.empty()) {
    report.section("Feedback after a change of the labels");
    Lines lines{.x_label = "batch", .y_label = "feedback to the hidden layers"};
    for (const Surprise& surprise : results.surprises) {
      Series series{.name = surprise.arm.title, .shade = shade(surprise.arm)};
      constexpr std::size_t window = 6;
      for (std::size_t begin = 0; begin + window <= surprise.feedback.size(); begin += window) {
        double sum = 0;
        for (std::size_t i = begin; i < begin + window; ++i) sum += surprise.feedback[i];
        series.x.push_back(double(begin + window / 2));
        series.y.push_back(sum / double(window));
      }
      lines.series.push_back(std::move(series));
    }
    draw_if(
        "surprise", lines,
        {"In the first half every label is shifted by one class; in the second half the labels are "
         "correct. Feedback to the hidden layers, summed per batch and averaged over 6 batches.",
         "Fig. 5 shows the same course. (The published program gives nearly all shifted images one "
         "and the same class.)"});
  }
  if (std::any_of(results.courses.begin(), results.courses.end(), is_variant))
    report.section("Variants");
  accuracies("variants", is_variant, "accuracy of its variants on validation images.");
  report.write();
}

}  // namespace temporal_hebb

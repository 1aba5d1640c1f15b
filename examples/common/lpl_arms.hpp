/// @file
/// Comparison of latent predictive learning with itself without one of its three terms.
#pragma once

#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/run_settings.hpp"

namespace example {

/// The coefficients of the three terms. The arms of a comparison differ in nothing else.
struct LplArm {
  std::string name;   ///< in summary.json and of the checkpoint
  std::string title;  ///< in tables and figures
  float predictive = 1, hebbian = 1, decorrelation = 10;

  void add_options(Program& program) {
    program.not_negative("--predictive", predictive, "coefficient of the predictive term");
    program.not_negative("--hebbian", hebbian, "coefficient of the Hebbian term");
    program.not_negative("--decorrelation", decorrelation, "coefficient of the decorrelation term");
  }

  /// Adds the terms whose coefficient is 0 to the title.
  void add_missing_terms_to_title() {
    if (predictive == 0) title += ", prediction off";
    if (hebbian == 0) title += ", Hebbian off";
    if (decorrelation == 0) title += ", decorrelation off";
  }

  void add_to(RunSettings& settings) const {
    settings.set("--predictive", predictive);
    settings.set("--hebbian", hebbian);
    settings.set("--decorrelation", decorrelation);
  }
};

/// The arm itself, then the same without prediction, without the Hebbian term, and without
/// decorrelation.
inline std::vector<LplArm> with_ablations(const LplArm& lpl) {
  std::vector<LplArm> arms(4, lpl);
  arms[1].name = "no_predictive", arms[1].title = "prediction off", arms[1].predictive = 0;
  arms[2].name = "no_hebbian", arms[2].title = "Hebbian off", arms[2].hebbian = 0;
  arms[3].name = "no_decorrelation", arms[3].title = "decorrelation off";
  arms[3].decorrelation = 0;
  return arms;
}

/// The weights of a network's first layer without biases, one neuron per column.
hebb::Matrix<float> first_filters(auto& network) {
  auto& first = network.template layer<0>();
  return first.state.weights.leftCols(first.parameters().bias_column()).transpose();
}

}  // namespace example

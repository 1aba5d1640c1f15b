/// @file
/// The classic experiments on spike timing, on every spiking rule: windows, their dependence on
/// rate, voltage clamp, the temporal contrast protocol and the pairing-repetition matrix.
///
/// Spiking latent predictive learning predicts that the window itself learns: it is the classical
/// one while the postsynaptic neuron's variance is small, and has the opposite sign where the
/// variance is large (M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), fig. 6). How
/// far this rule, the triplet rule, the voltage rule and pair rules are from the measurements in
/// visual cortex is one number each, in standard errors. The temporal contrast protocol asks every
/// rule of the library, of rates and of spikes, whether it follows the order of weak and strong
/// activity as synapses in CA1 do.

#include <optional>
#include <string>
#include <vector>

#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/stop.hpp"
#include "common/summary.hpp"
#include "stdp_protocols/report_contrast.hpp"
#include "stdp_protocols/report_rules.hpp"
#include "stdp_protocols/report_windows.hpp"
#include "stdp_protocols/setting.hpp"

using namespace hebb;
using namespace example;

namespace {

void study(Options options, const Setting& setting) {
  options.quick = false;  // there is one size of run
  const auto& directory = options.directory;
  Summary summary(options);
  Report report(options, "Windows that learn",
                "A pair of spikes strengthens or weakens a synapse. How much depends on the order "
                "of the spikes, on the rate of pairing, on the potential, and in latent "
                "predictive learning on what the postsynaptic neuron did before.",
                halvagal_zenke);
  std::vector<Contender> rules;
  std::vector<ContrastOutcome> contrasts;
  std::optional<ContrastStimulus> stimulus;
  std::vector<RepetitionMatrix> matrices;
  std::vector<ClampCurve> clamps;
  {  // the progress bar ends before the tables are printed
    Progress progress("Experiments", setting.experiments(), "experiments");
    const auto done = [&] {
      stop_if_asked();
      progress.advance();
    };
    if (setting.has(Part::windows))
      WindowSection(report, summary, directory, setting.reference).write(done);
    if (setting.has(Part::rates)) {
      report.section("Rate");
      for (const Clamp clamp : {Clamp::leaky, Clamp::ideal})
        write_rate_dependence(clamp, lpl_rate_dependence(clamp, setting.rates(), done),
                              setting.reference, directory, report, summary);
    }
    if (setting.has(Part::measurements)) rules = contenders(done);
    if (setting.has(Part::contrast)) {
      contrasts = rate_contrasts();
      stimulus.emplace();
      for (const ContrastOutcome& spiking : spiking_contrasts(*stimulus, done))
        contrasts.push_back(spiking);
    }
    if (setting.has(Part::repetition)) matrices = repetition_matrices(setting.pairs, done);
    if (setting.has(Part::clamp)) clamps = clamp_curves(done);
  }
  if (!rules.empty()) write_contenders(rules, directory, report, summary);
  if (stimulus) write_contrast(contrasts, *stimulus, directory, report, summary);
  if (!matrices.empty()) write_repetition(matrices, setting.pairs, directory, report);
  if (!clamps.empty()) write_clamp(clamps, directory, report, summary);

  summary.write();
  report.write();
}

}  // namespace

int main(int argc, char** argv) {
  Program program("stdp_protocols",
                  "Windows of spike timing, their dependence on rate, voltage clamp, temporal "
                  "contrast and repetition, on every rule.");
  Setting setting;
  program.app
      .add_option("--reference", setting.reference,
                  "directory with the published program's results")
      ->capture_default_str();
  program.some_of("--parts", setting.parts, "parts of the report",
                  {{"windows", Part::windows},
                   {"rates", Part::rates},
                   {"measurements", Part::measurements},
                   {"contrast", Part::contrast},
                   {"repetition", Part::repetition},
                   {"clamp", Part::clamp}});
  program.app
      .add_option("--rates", setting.rates_hz,
                  "rates of pairing in Hz for spiking LPL, besides the measured 0.1, 10, 20, 40 "
                  "and 50")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->default_str("1,5,30");
  program.option("--pairs", setting.pairs, "pairs of spikes in the repetition matrices")
      ->check(CLI::Range(1, 10'000));
  return program.run(argc, argv, [&](const Options& options) { study(options, setting); });
}

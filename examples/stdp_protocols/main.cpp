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

#include <string>
#include <vector>

#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/stop.hpp"
#include "common/summary.hpp"
#include "stdp_protocols/report_contrast.hpp"
#include "stdp_protocols/report_rules.hpp"
#include "stdp_protocols/report_windows.hpp"

using namespace hebb;
using namespace example;

namespace {

void study(const Options& options, const std::filesystem::path& reference) {
  const std::vector<double> rates_hz{0.1, 1, 5, 10, 20, 30, 40, 50};
  const auto& directory = options.directory;
  Summary summary(options);
  Report report(options, "Windows that learn",
                "A pair of spikes strengthens or weakens a synapse. How much depends on the order "
                "of the spikes, on the rate of pairing, on the potential, and in latent "
                "predictive learning on what the postsynaptic neuron did before.");
  std::vector<Contender> rules;
  std::vector<ContrastOutcome> contrasts = rate_contrasts();
  const ContrastStimulus stimulus;
  std::vector<RepetitionMatrix> matrices;
  std::vector<ClampCurve> clamps;
  {  // the progress bar ends before the tables are printed
    Progress progress("Experiments",
                      WindowSection::windows + 2 * std::int64_t(rates_hz.size()) + 8 + 3 + 2 * 23,
                      "experiments");
    const auto done = [&] {
      stop_if_asked();
      progress.advance();
    };
    WindowSection(report, summary, directory, reference).write(done);
    report.section("Rate");
    for (const Clamp clamp : {Clamp::leaky, Clamp::ideal})
      write_rate_dependence(clamp, lpl_rate_dependence(clamp, rates_hz, done), reference, directory,
                            report, summary);
    rules = contenders(done);
    for (const ContrastOutcome& spiking : spiking_contrasts(stimulus, done))
      contrasts.push_back(spiking);
    matrices = repetition_matrices(done);
    clamps = clamp_curves(done);
  }
  write_contenders(rules, directory, report, summary);
  write_contrast(contrasts, stimulus, directory, report, summary);
  write_repetition(matrices, directory, report);
  write_clamp(clamps, directory, report, summary);

  report.write();
  summary.write();
}

}  // namespace

int main(int argc, char** argv) {
  Program program("stdp_protocols",
                  "Windows of spike timing, their dependence on rate, voltage clamp, temporal "
                  "contrast and repetition, on every rule.");
  std::filesystem::path reference =
      std::filesystem::path(__FILE__).parent_path() / "../../tests/data/spiking";
  program.app
      .add_option("--reference", reference, "directory with the published program's results")
      ->capture_default_str();
  return program.run(argc, argv, [&](const Options& options) { study(options, reference); });
}

/// @file
/// Receptive fields that local rules learn from natural photographs: principal components under
/// Oja's and Sanger's rules, oriented fields under BCM, and slow fields under latent predictive
/// learning.
///
/// E. Oja (1982) and T. D. Sanger (1989) on raw patches; H. Shouval, N. Intrator & L. N. Cooper,
/// Vision Res. 37:3339-3342 (1997) on BCM in natural scenes; M. S. Halvagal & F. Zenke (2023) for
/// the predictive rule. The pictures are whitened after B. A. Olshausen & D. J. Field, Nature
/// 381:607-609 (1996).

#include <iostream>

#include "common/command_line.hpp"
#include "common/image_data.hpp"
#include "common/progress.hpp"
#include "common/summary.hpp"
#include "hebb/data/idx.hpp"
#include "natural_images/report.hpp"

using namespace hebb;
using namespace example;
using namespace natural;

namespace {

void write_summary(Summary& summary, const std::string& path, const std::vector<Outcome>& runs) {
  for (std::size_t set = 0; set < sets; ++set)
    for (const Quantity& quantity : quantities)
      summary.set(set_keys[set] + "_" + quantity.key, character_of(runs, set, quantity).mean);
  for (std::size_t i = 0; i < runs[0].cosines.size(); ++i)
    summary.set("sanger_cosine_" + std::to_string(i + 1), cosine_of(runs, i).mean);
  summary.set("oja_cosine", spread(runs, [](const Outcome& one) { return one.oja_cosine; }).mean);
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

/// All settings that affect what is learned.
RunSettings settings_of(const Setting& setting, const ImageSet& images) {
  RunSettings all;
  all.set("digest of the photographs", digest_of({&images}));
  all.set("--patch", setting.side);
  all.set("--units", setting.units);
  all.set("--batch", setting.batch);
  all.set("--components", setting.components);
  all.set("--principal-steps", setting.principal_steps);
  all.set("--bcm-steps", setting.bcm_steps);
  all.set("--lpl-steps", setting.lpl_steps);
  all.set("--principal-eta", setting.principal_eta);
  all.set("--bcm-eta", setting.bcm_eta);
  all.set("--tau-theta", setting.tau_theta);
  all.set("--saturation", setting.saturation);
  all.set("--lpl-eta", setting.lpl_eta);
  all.set("--decorrelation", setting.decorrelation);
  all.set("--weight-decay", setting.weight_decay);
  return all;
}

void study(const Options& options, const std::string& path, const Setting& setting, Index seeds,
           bool resume) {
  Summary summary(options);
  require_data(path,
               "point --path to a folder of photographs (PNG, PGM or PPM, 256 pixels or more in "
               "width and height), or to an IDX file of gray, square ones");
  const ImageSet images = read_photographs(path);
  require(images.size() > held_out, path, " has ", images.size(), " photographs; more than ",
          held_out, " are needed");
  Checkpoints checkpoints{options.directory, resume, settings_of(setting, images)};
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
  write_fields(options, runs[0]);
  write_summary(summary, path, runs);
  write_report(options, photographs, setting, runs);
}

}  // namespace

int main(int argc, char** argv) {
  Program program(
      "natural_images",
      "Receptive fields from natural photographs: principal components, BCM's edges, slow fields.");
  std::string path = "natural/kodak-gray-24x512x512-idx3-ubyte.gz";
  Index seeds = 3;
  program.app
      .add_option("--path", path,
                  "folder of photographs (PNG, PGM, PPM), or an IDX file of gray, square ones")
      ->capture_default_str();
  program.app.add_option("--seeds", seeds, "independent repetitions")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  Setting setting;
  program.option("--patch", setting.side, "side of a patch, pixels")->check(CLI::Range(8, 64));
  program.option("--units", setting.units, "units of BCM and LPL")->check(CLI::Range(2, 4096));
  program.option("--batch", setting.batch, "patches or pairs per step")
      ->check(CLI::Range(2, 100'000));
  program.option("--components", setting.components, "principal components of raw patches")
      ->check(CLI::Range(1, 64));
  program.positive("--principal-steps", setting.principal_steps,
                   "steps of Oja's and Sanger's rule");
  program.positive("--principal-eta", setting.principal_eta, "their learning rate");
  program.positive("--bcm-steps", setting.bcm_steps, "steps of BCM");
  program.positive("--bcm-eta", setting.bcm_eta, "learning rate of BCM");
  program.positive("--tau-theta", setting.tau_theta, "time constant of BCM's threshold, steps");
  program.positive("--saturation", setting.saturation, "largest response of a BCM unit");
  program.positive("--lpl-steps", setting.lpl_steps, "steps of LPL and of its Hebbian form");
  program.positive("--lpl-eta", setting.lpl_eta, "their learning rate");
  program.not_negative("--decorrelation", setting.decorrelation,
                       "coefficient of their decorrelation term");
  program.not_negative("--weight-decay", setting.weight_decay, "their weight decay");
  bool resume = false;
  program.app.add_flag("--resume", resume, "continue every learner from its checkpoint in --out");
  return program.run(argc, argv, [&](const Options& options) {
    study(options, path, setting, options.quick ? 1 : seeds, resume);
  });
}

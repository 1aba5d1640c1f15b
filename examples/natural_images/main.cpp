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

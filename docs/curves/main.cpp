// Draws the curves of docs/rules.md: rule_curves FOLDER
//
// The target `curves` builds this program and draws them into docs/curves.
#include <array>
#include <exception>
#include <iostream>

#include "curves/rates.hpp"
#include "curves/spikes.hpp"

namespace {

struct Named {
  const char* name;
  curves::Picture (*picture)();
};

// Each begins with the name of its rule.
constexpr std::array pictures{Named{"hebbian", curves::hebbian},
                              Named{"covariance", curves::covariance},
                              Named{"oja", curves::oja},
                              Named{"sanger", curves::sanger},
                              Named{"oja_subspace", curves::oja_subspace},
                              Named{"instar", curves::instar},
                              Named{"bcm", curves::bcm},
                              Named{"lpl", curves::lpl},
                              Named{"differential_hebbian", curves::differential_hebbian},
                              Named{"foldiak", curves::foldiak},
                              Named{"linear_anti_hebbian", curves::linear_anti_hebbian},
                              Named{"soft_hebb", curves::soft_hebb},
                              Named{"krotov_hopfield", curves::krotov_hopfield},
                              Named{"homeostatic_scaling", curves::homeostatic_scaling},
                              Named{"pair_stdp", curves::pair_stdp},
                              Named{"sparse_pair_stdp", curves::sparse_pair_stdp},
                              Named{"triplet", curves::triplet},
                              Named{"voltage", curves::voltage},
                              Named{"voltage_clamp", curves::voltage_clamp},
                              Named{"inhibitory", curves::inhibitory},
                              Named{"orchestrated", curves::orchestrated},
                              Named{"reward_stdp", curves::reward_stdp},
                              Named{"super_spike", curves::super_spike},
                              Named{"spiking_lpl", curves::spiking_lpl}};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "rule_curves FOLDER: draws the curves of the rules into a folder\n";
    return 2;
  }
  try {
    for (const auto& [name, picture] : pictures)
      example::write_file(std::filesystem::path(argv[1]) / (std::string(name) + ".svg"),
                          curves::svg(picture()));
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}

// Saving: a run that continues from a checkpoint equals the uninterrupted run, bit for bit.
//
// A checkpoint holds all states that change: here the state of the rule and of the generator of
// random numbers.
#include <filesystem>
#include <iostream>

#include "hebb/core/random.hpp"
#include "hebb/io/checkpoint.hpp"
#include "hebb/rules/covariance.hpp"

using namespace hebb;

struct Run {
  Covariance<float> rule{.parameters = {.eta = 1e-3f, .tau = 50}};
  Covariance<float>::State state = rule.init({.pre = 4, .post = 2});
  Random random{.seed = 1};

  void learn(int steps) {
    for (int step = 0; step < steps; ++step) {
      const Matrix<float> x = random.normal<float>(4, 10);
      const Matrix<float> y = state.weights * x + random.normal<float>(2, 10);
      rule.update(x, y, state);
    }
  }
  void each(auto&& visit) {
    state.each(visit);
    random.each(visit);
  }
};

int main() {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / "hebb_start_saving.npz";
  Run run;
  run.learn(100);
  save_checkpoint(file, run);
  run.learn(100);

  Run resumed;
  load_checkpoint(file, resumed);
  resumed.learn(100);
  std::filesystem::remove(file);

  const bool equal = run.state.weights == resumed.state.weights;
  std::cout << "The resumed run has " << (equal ? "the same" : "other") << " weights.\n";
  return equal ? 0 : 1;
}

// Exchange with NumPy: read inputs from one .npz file, write weights to another.
//
// In Python: numpy.savez("inputs.npz", x=x) before, w = numpy.load("weights.npz")["w"] after.
#include <filesystem>
#include <iostream>

#include "hebb/core/random.hpp"
#include "hebb/io/npz.hpp"
#include "hebb/rules/anti_hebbian.hpp"

using namespace hebb;

int main() {
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const auto inputs = folder / "hebb_start_inputs.npz", weights = folder / "hebb_start_weights.npz";
  {  // In place of a Python program: two correlated signals, one sample per column.
    Random random{.seed = 1};
    Matrix<double> x = random.normal<double>(2, 5000);
    x.row(1) = 0.6 * x.row(0) + 0.8 * x.row(1);
    write_npz(inputs, {{"x", to_npy(x)}});
  }

  const auto x = from_npy<Matrix<double>>(read_npz(inputs).at("x"), "x");
  // Lateral weights learn until the responses y = x + W y are uncorrelated.
  const LinearAntiHebbian<double> rule{.parameters = {.eta = 0.1}};
  auto state = rule.init({.pre = 2, .post = 2});
  Matrix<double> y;
  for (int step = 0; step < 200; ++step) {
    y = x;
    for (int settle = 0; settle < 20; ++settle) y = x + state.weights * y;
    rule.update(y, y, state);
  }
  write_npz(weights, {{"w", to_npy(state.weights)}, {"y", to_npy(y)}});

  const auto read = from_npy<Matrix<double>>(read_npz(weights).at("y"), "y");
  std::filesystem::remove(inputs);
  std::filesystem::remove(weights);
  const auto product = [](const Matrix<double>& z) { return z.row(0).dot(z.row(1)) / 5000; };
  std::cout << "Mean product of the two signals: before " << product(x) << ", after "
            << product(read) << '\n';
  return std::abs(product(read)) < 0.01 ? 0 : 1;
}

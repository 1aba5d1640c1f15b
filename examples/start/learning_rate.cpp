// Choosing a learning rate: the same network learns with 20 rates from 1e-5 to 1, on all threads.
//
// The results are one table, a file of comma-separated values. Two dense layers learn by latent
// predictive learning from two noisy views of each sample. Too small a rate changes nothing, too
// large a rate diverges or silences the neurons. The rate to take is well inside the range that
// works, here 1e-3.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

#include "hebb/analysis/linear_readout.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/core/random.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"

using namespace hebb;

constexpr int class_count = 8;
constexpr Index input_size = 20;

struct Result {
  double accuracy = std::nan(""), silent = std::nan("");  // NaN where the network diverged
};

// Samples of each class around its centre, and the noise of one view.
Matrix<float> view(const std::vector<int>& labels, Random random) {
  const Matrix<float> centres = Random{.seed = 7}.normal<float>(input_size, class_count);
  Matrix<float> x = 0.7f * random.normal<float>(input_size, Index(labels.size()));
  for (std::size_t c = 0; c < labels.size(); ++c) x.col(Index(c)) += centres.col(labels[c]);
  return x;
}

Result run(double eta) {
  using Rule = Lpl<float, Symmetric, Adam>;
  const Rule rule{.parameters = {.eta = float(eta)}};
  Stack network(Dense<Rule, Relu>(rule, {.pre = input_size, .post = 16}),
                Dense<Rule, Relu>(rule, {.pre = 16, .post = 8}));
  const Random random{.seed = 1};
  network.initialize(random);
  std::vector<int> labels(64);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = int(i) % class_count;

  try {
    for (std::uint64_t step = 0; step < 300; ++step) {
      const Random now = random.stream("learning").at(step);
      Matrix<float> views(input_size, 128);
      views << view(labels, now.stream("view 1")), view(labels, now.stream("view 2"));
      network.train(views);
    }
  } catch (const Divergence&) {
    return {};
  }
  const Matrix<float> features = network.forward(view(labels, random.stream("train")));
  const auto silent = (features.rowwise().maxCoeff().array() <= 0).count();
  const auto classifier = LinearReadout<>{}.fit(features, labels, class_count);
  return {
      accuracy(classifier.predict(network.forward(view(labels, random.stream("test")))), labels),
      double(silent)};
}

int main() {
  std::vector<double> rates;
  for (int i = 0; i < 20; ++i) rates.push_back(std::pow(10, -5 + 5 * i / 19.0));
  std::vector<Result> results(rates.size());
  parallel_for(Index(rates.size()),
               [&](Index i) { results[std::size_t(i)] = run(rates[std::size_t(i)]); });
  const auto table = std::filesystem::temp_directory_path() / "hebb_start_learning_rate.csv";
  std::ofstream csv(table);
  csv << "eta,readout,silent\n";
  double best = 0, worst = 1;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const auto [accuracy, silent] = results[i];
    std::cout << "eta " << rates[i] << ": readout " << accuracy << ", silent neurons " << silent
              << '\n';
    csv << rates[i] << ',' << accuracy << ',' << silent << '\n';
    best = std::max(best, accuracy), worst = std::min(worst, accuracy);
  }
  csv.close();
  std::filesystem::remove(table);
  return best > 0.9 && worst < 0.6 ? 0 : 1;
}

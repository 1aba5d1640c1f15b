/// @file
/// The rates of the inputs: two slow signals, their shuffled controls, and a constant.
#pragma once

#include <array>
#include <cmath>
#include <fstream>
#include <numbers>
#include <sstream>
#include <string>

#include "hebb/io/checkpoint.hpp"
#include "hebb/spiking/poisson.hpp"

namespace recurrent {

using namespace hebb;

constexpr Index populations = 5, population_size = 100;
const std::array<std::string, populations> population_names{"P0", "P1", "P1ctl", "P2", "P2ctl"};

/// Rates of the populations of inputs: those of P1 and P2 vary smoothly, with periods of 3 and 3
/// 1/13 s; those of their controls are the same values, shuffled in time.
using Rates = std::array<Rate, populations>;

/// z(t) = sum over i < 128 of 1.1^-i a_i sin(2 pi i (t + b_i) / period), standardised. The rate is
/// 5 + 4 z Hz, and at least 0.1 Hz.
inline Rate make_signal(double period, Random random) {
  constexpr double interval = 0.01;
  constexpr int periods = 11, components = 128;
  Vector<double> z = Vector<double>::Zero(Index(std::ceil(periods * period / interval)));
  for (int i = 0; i < components; ++i) {
    const double a = std::pow(1.1, -i) * random.uniform<double>(), b = random.uniform<double>();
    for (Index k = 0; k < z.size(); ++k)
      z(k) += a * std::sin(2 * std::numbers::pi * i * (double(k) * interval + b) / period);
  }
  z.array() -= z.mean();
  z /= std::sqrt(z.squaredNorm() / double(z.size())) + 1e-4;
  const Vector<double> rate = (5 + 4 * z.array()).max(0.1);
  return {{rate.begin(), rate.end()}, 1000 * interval};
}

inline Rate shuffled(const Rate& rate, Random random) {
  Rate result = rate;
  const std::vector<Index> order = random.permutation(Index(rate.samples.size()));
  for (std::size_t k = 0; k < order.size(); ++k)
    result.samples[k] = rate.samples[std::size_t(order[k])];
  return result;
}

inline Rates make_rates(const Random& random) {
  const Rate p1 = make_signal(3, random.stream("P1")),
             p2 = make_signal(3 + 1 / 13.0, random.stream("P2"));
  return {Rate::constant(5), p1, shuffled(p1, random.stream("P1ctl")), p2,
          shuffled(p2, random.stream("P2ctl"))};
}

/// Reads the rates of P1, P1ctl, P2 and P2ctl, one sample per 10 ms. The first column numbers the
/// samples; then each population has a column, which may end before the others.
inline Rates read_rates(const std::string& path) {
  std::ifstream file(path);
  require<IoError>(file.is_open(), path, " cannot be opened");
  Rates rates{Rate::constant(5)};
  for (std::size_t p = 1; p < rates.size(); ++p) rates[p] = {{}, 10};
  std::string line, cell;
  std::getline(file, line);
  for (Index number = 2; std::getline(file, line); ++number) {
    std::istringstream cells(line + ",");
    std::getline(cells, cell, ',');
    for (std::size_t p = 1; p < rates.size() && std::getline(cells, cell, ','); ++p) {
      if (cell.empty()) continue;
      char* end = nullptr;
      rates[p].samples.push_back(std::strtod(cell.c_str(), &end));
      require<FormatError>(*end == 0, path, ", line ", number, ": '", cell, "' is not a number");
    }
  }
  for (const Rate& rate : rates)
    require<FormatError>(!rate.samples.empty(), path, " has fewer than four columns of rates");
  return rates;
}

}  // namespace recurrent

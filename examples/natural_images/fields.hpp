/// @file
/// Measures of a set of receptive fields: orientation, extent, sparseness and slowness.
#pragma once

#include <Eigen/Eigenvalues>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <string>

#include "natural_images/photographs.hpp"

namespace natural {

/// Means over the fields of a set.
struct Character {
  // (R_preferred - R_orthogonal) / (R_preferred + R_orthogonal) for sine gratings.
  double selectivity = 0;
  // |sum of R exp(2 i theta)| / sum of R at the preferred frequency; 0 untuned, 1 one orientation.
  double tuning = 0;
  // (sum of w^2)^2 / sum of w^4, divided by the number of pixels; 1/3 for noise.
  double area = 0;
  // Excess kurtosis of w x; 0 for a Gaussian.
  double kurtosis = 0;
  // <(later - now)^2> / variance of w x; 2 if consecutive patches are independent.
  double delta = 0;
};

/// The quantities by their names in tables and files.
struct Quantity {
  std::string name, key;
  double Character::*value;
};
inline const std::array<Quantity, 5> quantities{{{"OSI", "osi", &Character::selectivity},
                                                 {"tuning", "tuning", &Character::tuning},
                                                 {"area", "area", &Character::area},
                                                 {"kurtosis", "kurtosis", &Character::kurtosis},
                                                 {"delta", "delta", &Character::delta}}};

/// Measures fields with sine gratings of many orientations and frequencies, and with pairs of
/// patches that were not used for learning.
class Probe {
 public:
  /// `pairs` are columns [now | later].
  Probe(Index side, const Matrix<float>& pairs)
      : pairs_(pairs), cosine_(side * side, orientations * frequencies), sine_(cosine_) {
    for (Index f = 0; f < frequencies; ++f)
      for (Index o = 0; o < orientations; ++o) {
        const double k = 2 * std::numbers::pi * frequency(f), fx = k * std::cos(angle(o)),
                     fy = k * std::sin(angle(o));
        for (Index pixel = 0; pixel < side * side; ++pixel) {
          const double phase = fx * double(pixel % side) + fy * double(pixel / side);
          cosine_(pixel, f * orientations + o) = float(std::cos(phase));
          sine_(pixel, f * orientations + o) = float(std::sin(phase));
        }
      }
  }

  /// `fields` has one field per row.
  Character measure(const Matrix<float>& fields) const {
    // The response to a grating is the amplitude over all its phases.
    const Matrix<float> amplitude =
        ((fields * cosine_).array().square() + (fields * sine_).array().square()).sqrt();
    const Index patches = pairs_.cols() / 2;
    const Matrix<float> now = fields * pairs_.leftCols(patches),
                        later = fields * pairs_.rightCols(patches);
    Character mean;
    for (Index i = 0; i < fields.rows(); ++i) {
      Index preferred = 0;
      const double best = double(amplitude.row(i).maxCoeff(&preferred));
      const Index first = preferred - preferred % orientations;
      const double orthogonal =
          double(amplitude(i, first + (preferred + orientations / 2) % orientations));
      std::complex<double> resultant = 0;
      for (Index o = 0; o < orientations; ++o)
        resultant += double(amplitude(i, first + o)) * std::polar(1.0, 2 * angle(o));
      const Vector<double> squares = fields.row(i).transpose().cast<double>().array().square();
      const Vector<double> centred =
          now.row(i).transpose().cast<double>().array() - double(now.row(i).mean());
      const double variance = centred.squaredNorm() / double(patches);
      const Character one{
          .selectivity = (best - orthogonal) / (best + orthogonal),
          .tuning =
              std::abs(resultant) / double(amplitude.row(i).segment(first, orientations).sum()),
          .area = squares.sum() * squares.sum() / (double(squares.size()) * squares.squaredNorm()),
          .kurtosis = centred.array().pow(4).mean() / (variance * variance) - 3,
          .delta =
              double((later.row(i) - now.row(i)).squaredNorm()) / (double(patches) * variance)};
      for (const Quantity& q : quantities) mean.*q.value += one.*q.value / double(fields.rows());
    }
    return mean;
  }

 private:
  static constexpr Index orientations = 24, frequencies = 12;

  static double angle(Index o) { return std::numbers::pi * double(o) / double(orientations); }
  static double frequency(Index f) {
    return 0.4 * double(f + 1) / double(frequencies);
  }  // cycles per pixel

  const Matrix<float>& pairs_;
  Matrix<float> cosine_, sine_;
};

/// Principal components of a set of patches, greatest first, one per row, and their shares of the
/// variance.
struct PrincipalComponents {
  Matrix<float> fields;
  Vector<double> shares;
};

inline Matrix<double> covariance(const Matrix<float>& patches) {
  const Matrix<double> x = patches.cast<double>();
  const Vector<double> mean = x.rowwise().mean();
  return (x * x.transpose()) / double(x.cols()) - mean * mean.transpose();
}

inline PrincipalComponents principal_components(const Matrix<float>& patches, Index count) {
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(covariance(patches));
  const Vector<double> values = solver.eigenvalues().reverse();
  return {solver.eigenvectors().rowwise().reverse().leftCols(count).transpose().cast<float>(),
          values.head(count) / values.sum()};
}

}  // namespace natural

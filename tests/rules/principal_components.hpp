/// @file
/// Inputs with known principal components, for the rules that find them.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include "hebb/core/random.hpp"

namespace hebb {

/// Columns whose correlation <x x'> is exactly C, with C's eigenvectors in descending order of
/// their eigenvalues.
struct PrincipalComponents {
  Matrix<double> correlation, columns, vectors;

  explicit PrincipalComponents(const Vector<double>& eigenvalues, std::uint64_t seed = 1) {
    const Index n = eigenvalues.size();
    const Matrix<double> mixed = Random{.seed = seed}.normal<double>(n, n);
    const Matrix<double> basis =
        Eigen::SelfAdjointEigenSolver<Matrix<double>>(mixed + mixed.transpose()).eigenvectors();
    correlation = basis * eigenvalues.asDiagonal() * basis.transpose();
    columns = std::sqrt(double(n)) * Matrix<double>(correlation.llt().matrixL());
    vectors = Eigen::SelfAdjointEigenSolver<Matrix<double>>(correlation)
                  .eigenvectors()
                  .rowwise()
                  .reverse();
  }
};

/// The weights of linear units after some steps of a rule on all columns at once.
template <typename Rule>
Matrix<double> learn(const Rule& rule, const PrincipalComponents& input, Index units, int steps) {
  auto state = rule.init({.pre = input.columns.rows(), .post = units});
  state.weights = Random{.seed = 7}.uniform<double>(units, input.columns.rows(), -0.3, 0.3);
  for (int step = 0; step < steps; ++step)
    rule.update(input.columns, state.weights * input.columns, state);
  return state.weights;
}

}  // namespace hebb

// Matrix products of the shapes that networks and rules have, on one thread: ours, Eigen's,
// OpenBLAS's and oneDNN's, in GFLOP/s, and ours as a share of the core's multiply-add rate.
//
// Usage: taskset -c 1 gemm_bench [SECONDS PER SHAPE] [float|double]
//
// All sides run in turn; the fastest run of each counts. `packed`: the weights were packed before,
// as in a relaxation. `direct`: they are read as they are, as in learning. OpenBLAS and oneDNN take
// part where CMake finds them.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hebb/core/kernels/packed_matrix.hpp"
#include "hebb/core/kernels/products.hpp"
#include "hebb/core/random.hpp"
#include "multiply_adds.hpp"

#ifdef HEBB_OPENBLAS
#include <cblas.h>
#endif
#ifdef HEBB_ONEDNN
#include <oneapi/dnnl/dnnl.h>
#endif

using namespace hebb;
using bench::MultiplyAdds, bench::Rate;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A function, and its fastest run in seconds per call. One that is missing takes forever.
struct Timed {
  std::function<void()> call = {};
  double best = 1e9;
  int calls = 1;  ///< per run

  void run() {
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) call();
    best = std::min(best, seconds_since(start) / calls);
  }

  /// Warms up, and finds as many calls as take 100 us.
  void begin() {
    run();
    while (best * calls < 100e-6) {
      calls *= 2;
      run();
    }
  }
};

/// Runs all in turn.
void time_in_turn(std::vector<Timed>& all, double seconds) {
  for (Timed& each : all)
    if (each.call) each.begin();
  for (const auto start = Clock::now(); seconds_since(start) < seconds;)
    for (Timed& each : all)
      if (each.call) each.run();
}

enum class Form { forward, back, outer };  ///< W x, W^T e, e x^T

/// to = left right, with `rows` x `columns` numbers and `depth` multiply-adds for each.
struct Shape3 {
  Form form;
  Index rows, depth, columns;

  double flops() const { return 2 * double(rows) * double(depth) * double(columns); }
};

std::vector<Shape3> shapes() {
  std::vector<Shape3> all;
  const auto add = [&](Form form, Index rows, Index depth, std::vector<Index> columns) {
    for (const Index n : columns) all.push_back({form, rows, depth, n});
  };
  add(Form::forward, 500, 785, {1, 20, 64});
  add(Form::forward, 300, 785, {1, 128});
  add(Form::forward, 500, 501, {1, 20, 64, 128});
  add(Form::forward, 256, 257, {1, 20, 64, 256});
  add(Form::forward, 128, 129, {1, 64});
  add(Form::forward, 10, 501, {10, 64});
  add(Form::back, 500, 500, {1, 20, 64});
  add(Form::back, 256, 256, {1, 64});
  add(Form::back, 500, 10, {10, 64});
  const auto add_outer = [&](Index post, Index pre, std::vector<Index> batches) {
    for (const Index batch : batches) all.push_back({Form::outer, post, batch, pre});
  };
  add_outer(500, 785, {20, 128});
  add_outer(256, 256, {64, 256});
  add_outer(1024, 1024, {64, 256});
  add_outer(128, 129, {128});
  add_outer(10, 501, {128});
  return all;
}

/// Left and right factor as they lie in memory: W or e, and x or e. `transposed` says which of them
/// the product transposes.
template <typename Scalar>
struct Operands {
  bool left_transposed, right_transposed;
  Matrix<Scalar> left, right, to;

  explicit Operands(const Shape3& s)
      : left_transposed(s.form == Form::back), right_transposed(s.form == Form::outer) {
    const Random random{.seed = 1};
    left = random.stream("left").uniform<Scalar>(left_transposed ? s.depth : s.rows,
                                                 left_transposed ? s.rows : s.depth);
    right = random.stream("right").uniform<Scalar>(right_transposed ? s.columns : s.depth,
                                                   right_transposed ? s.depth : s.columns);
    to.setZero(s.rows, s.columns);
  }
};

template <typename Scalar>
void by_eigen(Operands<Scalar>& o) {
  if (o.left_transposed && o.right.cols() == 1)
    o.to.col(0).noalias() = o.left.transpose() * o.right.col(0);
  else if (o.left_transposed)
    o.to.noalias() = o.left.transpose() * o.right;
  else if (o.right_transposed)
    o.to.noalias() = o.left * o.right.transpose();
  else if (o.right.cols() == 1)
    o.to.col(0).noalias() = o.left * o.right.col(0);
  else
    o.to.noalias() = o.left * o.right;
}

template <typename Scalar>
void direct(Operands<Scalar>& o) {
  if (o.left_transposed) {
    o.to.setZero();
    subtract_transposed_product<Scalar>(o.left, o.right, o.to);
  } else if (o.right_transposed) {
    mean_outer_product<Scalar>(o.left, o.right, o.to);
  } else {
    multiply<Scalar>(o.left, o.right, o.to);
  }
}

#ifdef HEBB_OPENBLAS
template <typename Scalar>
void by_openblas(Operands<Scalar>& o) {
  const auto left = o.left_transposed ? CblasTrans : CblasNoTrans,
             right = o.right_transposed ? CblasTrans : CblasNoTrans;
  const int m = int(o.to.rows()), n = int(o.to.cols()),
            k = int(o.left_transposed ? o.left.rows() : o.left.cols());
  const int ld_left = int(o.left.rows()), ld_right = int(o.right.rows());
  if constexpr (std::is_same_v<Scalar, float>) {
    if (n == 1)
      cblas_sgemv(CblasColMajor, left, ld_left, int(o.left.cols()), 1, o.left.data(), ld_left,
                  o.right.data(), 1, 0, o.to.data(), 1);
    else
      cblas_sgemm(CblasColMajor, left, right, m, n, k, 1, o.left.data(), ld_left, o.right.data(),
                  ld_right, 0, o.to.data(), m);
  } else {
    if (n == 1)
      cblas_dgemv(CblasColMajor, left, ld_left, int(o.left.cols()), 1, o.left.data(), ld_left,
                  o.right.data(), 1, 0, o.to.data(), 1);
    else
      cblas_dgemm(CblasColMajor, left, right, m, n, k, 1, o.left.data(), ld_left, o.right.data(),
                  ld_right, 0, o.to.data(), m);
  }
}
#endif

#ifdef HEBB_ONEDNN
/// oneDNN's matrices are row-major: it computes the transposed product. It has no double.
void by_onednn(Operands<float>& o) {
  const auto n = o.to.rows(), m = o.to.cols(),
             k = o.left_transposed ? o.left.rows() : o.left.cols();
  dnnl_sgemm(o.right_transposed ? 'T' : 'N', o.left_transposed ? 'T' : 'N', m, n, k, 1,
             o.right.data(), o.right.rows(), o.left.data(), o.left.rows(), 0, o.to.data(), n);
}
#endif

template <typename Scalar>
void compare(const Shape3& shape, double seconds) {
  Operands<Scalar> o(shape);
  PackedMatrix<Scalar> packed;
  std::vector<Timed> all(6);
  enum { rate, ours, ours_direct, eigen, openblas, onednn };
  all[rate].call = Rate<Scalar>{};
  if (o.left_transposed)
    packed.pack(o.left.transpose());
  else
    packed.pack(o.left);
  all[ours].call = [&] {
    if (o.right_transposed)
      packed.multiply(o.right.transpose(), o.to);
    else
      packed.multiply(o.right, o.to);
  };
  all[ours_direct].call = [&] { direct(o); };
  all[eigen].call = [&] { by_eigen(o); };
#ifdef HEBB_OPENBLAS
  all[openblas].call = [&] { by_openblas(o); };
#endif
#ifdef HEBB_ONEDNN
  if constexpr (std::is_same_v<Scalar, float>) all[onednn].call = [&] { by_onednn(o); };
#endif
  time_in_turn(all, seconds);
  const double peak = Rate<Scalar>::flops / all[rate].best * 1e-9;
  const auto speed = [&](int side) { return shape.flops() / all[std::size_t(side)].best * 1e-9; };
  const double best_ours = std::max(speed(ours), speed(ours_direct)),
               best_other = std::max(speed(openblas), speed(onednn));
  static constexpr const char* names[] = {"W x", "W' e", "e x'"};
  std::printf("%-5s %5td %5td %5td %8.1f %8.1f %8.1f %8.1f %8.1f %7.0f%% %8.2f\n",
              names[int(shape.form)], shape.rows, shape.depth, shape.columns, speed(ours),
              speed(ours_direct), speed(eigen), speed(openblas), speed(onednn),
              100 * best_ours / peak, best_ours / best_other);
  std::fflush(stdout);
}

template <typename Scalar>
void run(double seconds, const char* name) {
  std::vector<Timed> rates{{MultiplyAdds<Scalar, 16>{}}};
  if constexpr (simd::vector_bytes >= 32) rates.push_back({MultiplyAdds<Scalar, 32>{}});
  if constexpr (simd::vector_bytes >= 64) rates.push_back({MultiplyAdds<Scalar, 64>{}});
  time_in_turn(rates, seconds);
  std::printf("%s: multiply-adds in GFLOP/s", name);
  int bytes = 16;
  for (const Timed& each : rates) {
    std::printf(", %d bits %.1f", 8 * bytes,
                MultiplyAdds<Scalar, 16>::flops * bytes / 16 / each.best * 1e-9);
    bytes *= 2;
  }
  std::printf(
      "\n      rows depth  cols   packed   direct    Eigen OpenBLAS   oneDNN  of rate  of best\n");
  for (const Shape3& shape : shapes()) compare<Scalar>(shape, seconds);
}

}  // namespace

int main(int argc, char** argv) {
#ifdef _OPENMP
  omp_set_num_threads(1);  // oneDNN's threads, too
#endif
#ifdef HEBB_OPENBLAS
  openblas_set_num_threads(1);
#endif
  const double seconds = argc > 1 ? std::atof(argv[1]) : 0.5;
  const std::string_view type = argc > 2 ? argv[2] : "float";
  if (type == "double")
    run<double>(seconds, "double");
  else
    run<float>(seconds, "float");
}

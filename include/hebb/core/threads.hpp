/// @file
/// Parallel loops over blocks that depend on the work alone, so that results have the same bits for
/// any number of threads.
#pragma once

#include <algorithm>
#include <exception>

#include "hebb/core/types.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace hebb {

/// Flushes denormal numbers to zero in this thread while it lives, and restores the caller's mode.
/// A decaying trace or a silent network is otherwise 20 to 60 times slower.
class FlushDenormals {
 public:
#if defined(__SSE__)
  FlushDenormals() : before_(_mm_getcsr()) {
    _mm_setcsr(before_ | 0x8040u);
  }  // flush to zero, denormals are zero
  ~FlushDenormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#elif defined(__aarch64__)
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(before_));
    asm volatile("msr fpcr, %0" : : "r"(before_ | (1ull << 24)));
  }
  ~FlushDenormals() { asm volatile("msr fpcr, %0" : : "r"(before_)); }

 private:
  unsigned long long before_ = 0;
#else
  FlushDenormals() {}
  ~FlushDenormals() {}
#endif
 public:
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
};

/// How many threads a parallel loop may use: the caller's OpenMP setting, or 1 without OpenMP.
inline int max_threads() {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

/// The calling thread's place among its team, from 0.
inline int thread_index() {
#ifdef _OPENMP
  return omp_get_thread_num();
#else
  return 0;
#endif
}

/// The width of blocks that share the work of `size` columns alike: at most `most`, and an even
/// number of them where there are several.
inline Index even_width(Index size, Index most) {
  const Index blocks = (size + most - 1) / most;
  const Index even = blocks > 1 ? (blocks + 1) / 2 * 2 : 1;
  return std::max<Index>(1, (size + even - 1) / even);
}

/// The time of a loop on one core, in nanoseconds, from which on it runs on all threads: a setting
/// of the program, like the number of threads. To wake a thread that sleeps takes tens of us. A
/// program whose threads wait actively on cores of their own may set 10e3. Results do not depend on
/// it.
inline double worth_waking = 500e3;

/// The least time of so many multiply-adds on one core, in nanoseconds: 16 per cycle at 3 GHz.
inline double product_time(double multiply_adds) { return multiply_adds / 48; }

/// The least time of a product of rows x depth and depth x columns.
inline double product_time(Index rows, Index depth, Index columns) {
  return product_time(double(rows) * double(depth) * double(columns));
}

/// The least time of a pass over so many numbers in the cache, in nanoseconds.
inline double pass_time(double numbers) { return numbers / 4; }

/// Runs body(block) or body(block, worker) for every block from 0 to blocks - 1, on all threads.
/// Which thread runs a block must not matter to the result. No two blocks run at once with the same
/// worker < max_threads(), so that a worker may have scratch space of its own. An exception in a
/// block is thrown again in the caller.
///
/// `time` is the estimated time of the loop on one core, in nanoseconds. A loop that takes less
/// than `worth_waking` runs on the calling thread.
template <typename Body>
void parallel_for(Index blocks, const Body& body, [[maybe_unused]] double time = worth_waking) {
  const auto run = [&](Index block, [[maybe_unused]] int worker) {
    if constexpr (requires { body(block, worker); })
      body(block, worker);
    else
      body(block);
  };
#ifdef _OPENMP
  if (blocks > 1 && time >= worth_waking && omp_get_max_threads() > 1 && !omp_in_parallel()) {
    std::exception_ptr error;
#pragma omp parallel
    {
      const FlushDenormals guard;
#pragma omp for schedule(static)
      for (Index block = 0; block < blocks; ++block) {
        try {
          run(block, thread_index());
        } catch (...) {
#pragma omp critical(hebb_parallel_for)
          if (!error) error = std::current_exception();
        }
      }
    }
    if (error) std::rethrow_exception(error);
    return;
  }
#endif
  const FlushDenormals guard;
  for (Index block = 0; block < blocks; ++block) run(block, 0);
}

}  // namespace hebb

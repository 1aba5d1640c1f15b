/// @file
/// Counts the allocations of a program: by operator new, which hebb uses, and inside Eigen. Include
/// this file before Eigen.
#pragma once

#include <cstdlib>
#include <new>

namespace {
long allocations = 0;        // by operator new
long eigen_allocations = 0;  // inside Eigen, counted through its assertion
}  // namespace

#define EIGEN_RUNTIME_NO_MALLOC
#define eigen_assert(condition) ((condition) ? void() : void(++eigen_allocations))

#include <Eigen/Core>

void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t line) {
  ++allocations;
  const std::size_t step = std::size_t(line);
  if (void* p = std::aligned_alloc(step, (size + step - 1) / step * step)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
  std::free(p);
}

/// Counts from here until `stop_counting`.
inline void start_counting() {
  allocations = eigen_allocations = 0;
  Eigen::internal::set_is_malloc_allowed(false);
}

inline void stop_counting() { Eigen::internal::set_is_malloc_allowed(true); }

/// @file
/// Faults injected into this process: a chosen allocation fails, by operator new or by malloc, also
/// in shared libraries.
///
/// For glibc only, and not together with a sanitizer, which replaces the allocator itself. Include
/// this file in one source file per program.
#pragma once

#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace faults {

/// Allocations are counted from 1 while `armed`. Number `failing` fails, and with `lasting` all
/// later ones.
struct Memory {
  bool armed = false;
  long calls = 0;
  long failing = 0;
  bool lasting = false;
  long held = 0;        ///< blocks allocated while armed, less those freed
  long bytes = 0;       ///< of these blocks
  long most_bytes = 0;  ///< at any time

  bool fired() const { return failing > 0 && calls >= failing; }
};
inline Memory memory;

inline bool allocation_fails() {
  if (!memory.armed) return false;
  ++memory.calls;
  const bool now = memory.failing > 0 && (memory.lasting ? memory.calls >= memory.failing
                                                         : memory.calls == memory.failing);
  if (now) errno = ENOMEM;
  return now;
}

/// Sets a plan for its lifetime.
struct ScarceMemory {
  ScarceMemory(long failing, bool lasting) {
    memory = {.armed = true, .failing = failing, .lasting = lasting};
  }
  ~ScarceMemory() { memory.armed = false; }
};

inline void* counted(void* block) {
  if (!memory.armed || !block) return block;
  ++memory.held;
  memory.bytes += long(::malloc_usable_size(block));
  memory.most_bytes = std::max(memory.most_bytes, memory.bytes);
  return block;
}

inline void forget(void* block) {
  if (!memory.armed || !block) return;
  --memory.held;
  memory.bytes -= long(::malloc_usable_size(block));
}

}  // namespace faults

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t line, std::size_t size);
void __libc_free(void* block);

void* malloc(std::size_t size) noexcept {
  return faults::allocation_fails() ? nullptr : faults::counted(__libc_malloc(size));
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  return faults::allocation_fails() ? nullptr : faults::counted(__libc_calloc(count, size));
}

void* realloc(void* block, std::size_t size) noexcept {
  if (faults::allocation_fails()) return nullptr;
  faults::forget(block);
  return faults::counted(__libc_realloc(block, size));
}

void* aligned_alloc(std::size_t line, std::size_t size) noexcept {
  return faults::allocation_fails() ? nullptr : faults::counted(__libc_memalign(line, size));
}

int posix_memalign(void** block, std::size_t line, std::size_t size) noexcept {
  *block = faults::allocation_fails() ? nullptr : faults::counted(__libc_memalign(line, size));
  return *block ? 0 : ENOMEM;
}

void free(void* block) noexcept {
  faults::forget(block);
  __libc_free(block);
}

}  // extern "C"

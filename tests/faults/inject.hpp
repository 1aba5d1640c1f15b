/// @file
/// Faults injected into this process: a chosen system call of those that files need fails.
///
/// The functions below replace the C library's, also in the shared libraries that this program
/// links. Include this file in one source file per program.
#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>

namespace faults {

/// Which calls fail. Calls are counted from 1 while `armed`.
struct Plan {
  bool armed = false;
  long calls = 0;
  long failing = 0;           // this one
  bool lasting = false;       // all later calls fail, too
  int error = 0;              // with this errno
  bool short_writes = false;  // a write takes half of its bytes

  bool fired() const { return failing > 0 && calls >= failing; }
};
inline Plan plan;

inline bool fails() {
  if (!plan.armed) return false;
  ++plan.calls;
  const bool now =
      plan.failing > 0 && (plan.lasting ? plan.calls >= plan.failing : plan.calls == plan.failing);
  if (now) errno = plan.error;
  return now;
}

/// The C library's function of this name.
template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// Arms a plan while it lives.
struct Armed {
  explicit Armed(Plan next) {
    plan = next;
    plan.armed = true;
  }
  ~Armed() { plan.armed = false; }
};

}  // namespace faults

extern "C" {

int open(const char* path, int flags, ...) {
  static auto* const call = faults::real<int(const char*, int, ...)>("open");
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return faults::fails() ? -1 : call(path, flags, mode);
}

ssize_t read(int number, void* to, std::size_t count) {
  static auto* const call = faults::real<ssize_t(int, void*, std::size_t)>("read");
  return faults::fails() ? -1 : call(number, to, count);
}

ssize_t write(int number, const void* from, std::size_t count) {
  static auto* const call = faults::real<ssize_t(int, const void*, std::size_t)>("write");
  if (faults::fails()) return -1;
  const bool part = faults::plan.armed && faults::plan.short_writes;
  return call(number, from, part ? std::max<std::size_t>(1, count / 2) : count);
}

ssize_t pwrite(int number, const void* from, std::size_t count, off_t place) {
  static auto* const call = faults::real<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
  if (faults::fails()) return -1;
  const bool part = faults::plan.armed && faults::plan.short_writes;
  return call(number, from, part ? std::max<std::size_t>(1, count / 2) : count, place);
}

/// As on Linux, the descriptor is gone also when closing fails.
int close(int number) {
  static auto* const call = faults::real<int(int)>("close");
  const bool fails = faults::fails();
  const int error = errno, done = call(number);
  if (!fails) return done;
  errno = error;
  return -1;
}

/// Syncing is left out: no test here could detect it, and it would take most of the time.
int fsync(int) { return faults::fails() ? -1 : 0; }
int fdatasync(int) { return faults::fails() ? -1 : 0; }

int fstat(int number, struct stat* status) noexcept {
  static auto* const call = faults::real<int(int, struct stat*)>("fstat");
  return faults::fails() ? -1 : call(number, status);
}

int stat(const char* path, struct stat* status) noexcept {
  static auto* const call = faults::real<int(const char*, struct stat*)>("stat");
  return faults::fails() ? -1 : call(path, status);
}

int lstat(const char* path, struct stat* status) noexcept {
  static auto* const call = faults::real<int(const char*, struct stat*)>("lstat");
  return faults::fails() ? -1 : call(path, status);
}

int flock(int number, int operation) noexcept {
  static auto* const call = faults::real<int(int, int)>("flock");
  return faults::fails() ? -1 : call(number, operation);
}

int fchmod(int number, mode_t mode) noexcept {
  static auto* const call = faults::real<int(int, mode_t)>("fchmod");
  return faults::fails() ? -1 : call(number, mode);
}

int fchown(int number, uid_t user, gid_t group) noexcept {
  static auto* const call = faults::real<int(int, uid_t, gid_t)>("fchown");
  return faults::fails() ? -1 : call(number, user, group);
}

off_t lseek(int number, off_t place, int from) noexcept {
  static auto* const call = faults::real<off_t(int, off_t, int)>("lseek");
  return faults::fails() ? -1 : call(number, place, from);
}

int ftruncate(int number, off_t size) noexcept {
  static auto* const call = faults::real<int(int, off_t)>("ftruncate");
  return faults::fails() ? -1 : call(number, size);
}

ssize_t readlink(const char* path, char* to, std::size_t count) noexcept {
  static auto* const call = faults::real<ssize_t(const char*, char*, std::size_t)>("readlink");
  return faults::fails() ? -1 : call(path, to, count);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const call = faults::real<int(const char*, const char*)>("rename");
  return faults::fails() ? -1 : call(from, to);
}

int unlink(const char* path) noexcept {
  static auto* const call = faults::real<int(const char*)>("unlink");
  return faults::fails() ? -1 : call(path);
}

/// Always the same number, as for a program in a container.
pid_t getpid() noexcept { return 7; }

}  // extern "C"

/// @file
/// Files in memory for the readers that read streams. System calls would take half of their time.
///
/// fuzz.cpp replaces the functions of the C library that std::ifstream and
/// std::filesystem::file_size call.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "tests/fuzz/format.hpp"

namespace fuzz {

/// A file that is used for all inputs. It can be open once at a time.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& name) : disk_(name) {
    auto* const slot = std::ranges::find(all, nullptr);
    must(slot != all.end(), "there are few files");
    *slot = this;
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { *std::ranges::find(all, this) = nullptr; }

  /// Holds the content until the next call; the caller keeps its memory. One input of 64 goes
  /// through the system's files.
  const std::filesystem::path& fill(View content) {
    in_memory_ = !in_part(content, 1);
    if (!in_memory_) return disk_.fill(content);
    content_ = content;
    return disk_.path();
  }

  /// The file in memory that a path, a stream or a descriptor belongs to, or a null pointer.
  static MemoryFile* called(const char* path) {
    return found([&](const MemoryFile& file) {
      return file.in_memory_ && file.disk_.path().native() == path;
    });
  }
  static MemoryFile* of(const std::FILE* stream) {
    return found([&](const MemoryFile& file) { return file.stream() == stream; });
  }
  static MemoryFile* of(int descriptor) {
    const auto place = std::size_t(descriptor) - first_descriptor;
    return place < all.size() ? all[place] : nullptr;
  }

  std::FILE* open() {
    must(!open_, "a file is open once at a time");
    open_ = true, place_ = 0;
    return stream();
  }
  void close() { open_ = false; }
  int descriptor() const {
    return int(first_descriptor + std::size_t(std::ranges::find(all, this) - all.begin()));
  }
  std::size_t size() const { return content_.size(); }

  std::size_t read(void* to, std::size_t count) {
    const std::size_t done = std::min(count, content_.size() - place_);
    if (done > 0) std::memcpy(to, content_.data() + place_, done);
    place_ += done;
    return done;
  }
  /// Moves by `offset` from a place that `whence` names as in lseek(2). Returns the new place.
  off64_t seek(off64_t offset, int whence) {
    const std::size_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? place_ : size();
    place_ = std::min(std::size_t(off64_t(from) + offset), size());
    return off64_t(place_);
  }

 private:
  /// No system has so many open files.
  static constexpr std::size_t first_descriptor = 1 << 30;
  static inline std::array<MemoryFile*, 4> all{};

  static MemoryFile* found(const auto& fits) {
    for (MemoryFile* const file : all)
      if (file && fits(*file)) return file;
    return nullptr;
  }
  std::FILE* stream() const {
    return reinterpret_cast<std::FILE*>(const_cast<MemoryFile*>(this));  // is never followed
  }

  ScratchFile disk_;
  View content_;
  std::size_t place_ = 0;
  bool in_memory_ = false, open_ = false;
};

}  // namespace fuzz

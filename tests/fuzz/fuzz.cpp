// Fuzzes the readers, one format per run: fuzz FORMAT, then libFuzzer's own options.
//
// The first inputs are valid files that this program makes. All of them must be accepted.
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <exception>

#include "tests/fuzz/arrays.hpp"
#include "tests/fuzz/images.hpp"
#include "tests/fuzz/pictures.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t longest);

namespace fuzz {

namespace {

constexpr Format formats[] = {idx::plain,  idx::packed,        cifar::format,     stl::format,
                              png::format, pnm::format,        frames::format,    npy::format,
                              zip::format, checkpoint::format, checkpoint::spikes};

const Format* format = nullptr;
std::vector<Bytes> seeds;
unsigned long accepted = 0, refused = 0;

void report() { std::fprintf(stderr, "%lu inputs accepted, %lu refused\n", accepted, refused); }

}  // namespace

void mutate_bytes(Bytes& input, std::size_t longest) {
  const std::size_t size = std::min(input.size(), longest);
  input.resize(longest);
  input.resize(LLVMFuzzerMutate(input.data(), size, longest));
}

}  // namespace fuzz

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  using namespace fuzz;
  const std::string_view name = *count > 1 ? (*arguments)[1] : "";
  format = std::ranges::find(formats, name, &Format::name);
  if (format == std::end(formats)) {
    if (name == "--formats") {
      for (const Format& each : formats) std::printf("%s %zu\n", each.name.data(), each.longest);
      std::exit(0);
    }
    std::fprintf(stderr, "fuzz: '%s' is no format; --formats lists them\n", name.data());
    std::exit(2);
  }
  (*arguments)[1] = (*arguments)[0];
  ++*arguments, --*count;
  std::atexit(report);
  seeds = format->seeds();
  for (const Bytes& seed : seeds) {
    must(seed.size() <= format->longest, "a seed is not too long");
    try {
      format->read(seed);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "a valid file is refused: %s\n", error.what());
      std::abort();
    }
  }
  return 0;
}

/// FormatError and ShapeError are how a reader refuses; any other exception ends the program.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    fuzz::format->read({data, size});
    ++fuzz::accepted;
  } catch (const hebb::FormatError&) {
    ++fuzz::refused;
  } catch (const hebb::ShapeError&) {
    ++fuzz::refused;
  }
  return 0;
}

/// Uses the format's own mutation on three inputs of four, and begins again with a seed on one
/// input of 64.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t longest, unsigned random) {
  using namespace fuzz;
  static Bytes input;
  input.assign(data, data + size);
  const bool fresh = random % 64 == 0;
  if (fresh) input = seeds[random / 64 % seeds.size()];
  if (!fresh || random / 64 % 2 == 0) {
    if (format->mutate && random % 4 != 1)
      format->mutate(input);
    else
      mutate_bytes(input, format->longest);
  }
  const std::size_t made = std::min(input.size(), longest);
  std::copy_n(input.begin(), made, data);
  return made;
}

// The functions that std::ifstream and std::filesystem::file_size call. For files that are not in
// memory they call those of the sanitizer or the C library.
extern "C" {

std::FILE* __interceptor_fopen64(const char* path, const char* mode);
int __interceptor_fclose(std::FILE* stream);
ssize_t __interceptor_read(int descriptor, void* to, std::size_t count);
int __interceptor_stat(const char* path, struct stat* status);
int __interceptor_sigaltstack(const stack_t* next, stack_t* now);

std::FILE* fopen64(const char* path, const char* mode) {
  fuzz::MemoryFile* const file = fuzz::MemoryFile::called(path);
  return file ? file->open() : __interceptor_fopen64(path, mode);
}

int fclose(std::FILE* stream) {
  fuzz::MemoryFile* const file = fuzz::MemoryFile::of(stream);
  if (!file) return __interceptor_fclose(stream);
  file->close();
  return 0;
}

int fileno(std::FILE* stream) noexcept {
  const fuzz::MemoryFile* const file = fuzz::MemoryFile::of(stream);
  return file ? file->descriptor() : fileno_unlocked(stream);
}

ssize_t read(int descriptor, void* to, std::size_t count) {
  fuzz::MemoryFile* const file = fuzz::MemoryFile::of(descriptor);
  return file ? ssize_t(file->read(to, count)) : __interceptor_read(descriptor, to, count);
}

off64_t lseek64(int descriptor, off64_t offset, int whence) noexcept {
  fuzz::MemoryFile* const file = fuzz::MemoryFile::of(descriptor);
  return file ? file->seek(offset, whence) : lseek(descriptor, offset, whence);
}

int stat(const char* path, struct stat* status) noexcept {
  const fuzz::MemoryFile* const file = fuzz::MemoryFile::called(path);
  if (!file) return __interceptor_stat(path, status);
  *status = {};
  status->st_mode = S_IFREG | 0600;
  status->st_size = off_t(file->size());
  return 0;
}

/// The sanitizer asks for the stack of signal handlers several times per exception. There is none
/// (use_sigaltstack=0), so the system need not be asked.
int sigaltstack(const stack_t* next, stack_t* now) noexcept {
  if (next) return __interceptor_sigaltstack(next, now);
  *now = {};
  now->ss_flags = SS_DISABLE;
  return 0;
}
}

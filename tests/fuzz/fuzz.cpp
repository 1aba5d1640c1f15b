// Fuzzes the readers, one format per run: fuzz FORMAT, then libFuzzer's own options.
//
// The first inputs are valid files that this program makes. All of them must be accepted.
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

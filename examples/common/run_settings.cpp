#include "common/run_settings.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <map>
#include <string_view>

#include "hebb/io/checkpoint.hpp"

namespace example {

namespace {

/// The name of the setting's array in a checkpoint.
std::string key_of(const std::string& name) {
  std::string key = name.substr(std::min(name.size(), name.find_first_not_of('-')));
  std::replace_if(
      key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) == 0 && c != '-'; },
      '_');
  return key;
}

}  // namespace

void RunSettings::set(const std::string& name, const std::string& value) {
  const std::string text = value.empty() ? "none" : value;
  settings_.push_back({name, key_of(name),
                       Eigen::Map<const Text>(reinterpret_cast<const std::uint8_t*>(text.data()),
                                              Eigen::Index(text.size()))});
}

void RunSettings::set(const std::string& name, std::span<const hebb::Index> values) {
  std::string list;
  for (const hebb::Index value : values) list += (list.empty() ? "" : ",") + std::to_string(value);
  set(name, list);
}

void RunSettings::require_same(const std::filesystem::path& checkpoint) const {
  constexpr std::string_view prefix = "settings.";
  std::map<std::string, std::string> saved;
  const hebb::FileDescriptor file =
      hebb::open_to_read(checkpoint, std::numeric_limits<std::uint64_t>::max());
  const hebb::ZipArchive archive(file);
  const hebb::NpzReader reader(archive, checkpoint.string(),
                               {.bytes = file.size(), .members = hebb::checkpoint::most_arrays});
  reader.for_each([&](const std::string& name) {
    if (!name.starts_with(prefix)) return;
    const hebb::NpyArray array = reader.read(name);
    hebb::require<hebb::FormatError>(array.type == hebb::NpyType::of<std::uint8_t>(),
                                     checkpoint.string(), ": ", name, " is not text");
    saved.emplace(name.substr(prefix.size()),
                  std::string(reinterpret_cast<const char*>(array.data.data()), array.data.size()));
  });
  hebb::require(!saved.empty(), checkpoint.string(),
                " does not say which settings it was saved with; leave --resume out");

  std::string then, now;
  const auto differ = [&](const std::string& name, const std::string& was, const std::string& is) {
    then += (then.empty() ? "" : ", ") + name + " " + was;
    now += (now.empty() ? "" : ", ") + name + " " + is;
  };
  for (const Setting& own : settings_) {
    const std::string value(own.text.begin(), own.text.end());
    const auto found = saved.find(own.key);
    if (found == saved.end()) {
      differ(own.name, "unknown", value);
      continue;
    }
    if (found->second != value) differ(own.name, found->second, value);
    saved.erase(found);
  }
  for (const auto& [key, value] : saved) differ(key, value, "unknown");
  hebb::require(then.empty(), checkpoint.string(), " was saved with ", then, "; this run has ", now,
                ". Give what it was saved with, or leave --resume out.");
}

std::string hexadecimal(std::uint64_t hash) {
  std::string text(16, '0');
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
  std::copy(digits.data(), end, text.end() - (end - digits.data()));
  return text;
}

}  // namespace example

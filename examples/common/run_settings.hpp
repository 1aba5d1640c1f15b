/// @file
/// The settings of a run, saved in its checkpoints.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/file.hpp"
#include "hebb/core/types.hpp"

namespace example {

/// Settings by name, as text. A checkpoint saves them, so that a run is not continued with others.
class RunSettings {
 public:
  /// `name` is the user's name of the setting, e.g. "--eta".
  void set(const std::string& name, const std::string& value);
  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void set(const std::string& name, Number value) {
    if constexpr (std::floating_point<Number>)
      set(name, exact(double(value)));
    else
      set(name, std::to_string(value));
  }
  void set(const std::string& name, const char* value) { set(name, std::string(value)); }
  /// A list of numbers, as the command line takes it: separated by commas.
  void set(const std::string& name, std::span<const hebb::Index> values);

  /// Throws InvalidParameter, naming each setting that differs with both values, unless the
  /// checkpoint was saved with these settings.
  void require_same(const std::filesystem::path& checkpoint) const;

  /// For the checkpoint: the text of each setting is an array of bytes.
  void each(auto&& visit) {
    for (Setting& setting : settings_) visit("settings." + setting.key, setting.text);
  }

 private:
  using Text = hebb::Vector<std::uint8_t>;
  struct Setting {
    std::string name, key;
    Text text;
  };

  std::vector<Setting> settings_;
};

/// A digest as text.
std::string hexadecimal(std::uint64_t hash);

}  // namespace example

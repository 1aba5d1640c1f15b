#include "common/summary.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "common/machine.hpp"
#include "common/ranks.hpp"

namespace example {

namespace {

/// Sets a number if the whole text is one.
template <typename Value>
bool set_number(nlohmann::ordered_json& target, const std::string& text) {
  Value value{};
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || read != end) return false;
  target = value;
  return true;
}

}  // namespace

Summary::Summary(const Options& options)
    : path_(options.directory / "summary.json"),
      values_(std::make_unique<nlohmann::ordered_json>(nlohmann::ordered_json::object())) {
  set("seed", options.seed);
  set("threads", options.threads);
  set("ranks", ranks().size());
  set("command", options.command);
  set("date", date());
  set("version", version_text());
  set("processor", processor());
  set("instruction_sets", instruction_sets());
  for (const auto& [name, text] : options.given) {
    nlohmann::ordered_json& value = (*values_)[name];
    if (!set_number<std::uint64_t>(value, text) && !set_number<double>(value, text)) value = text;
  }
}

Summary::~Summary() = default;

void Summary::set(const std::string& name, const std::string& value) { (*values_)[name] = value; }
void Summary::set_real(const std::string& name, double value) { (*values_)[name] = value; }
void Summary::set_integer(const std::string& name, std::int64_t value) { (*values_)[name] = value; }
void Summary::set_count(const std::string& name, std::uint64_t value) { (*values_)[name] = value; }

void Summary::write() {
  if (!is_first_rank()) return;
  set("seconds", seconds());
  write_file(path_, values_->dump(2) + "\n");
}

}  // namespace example

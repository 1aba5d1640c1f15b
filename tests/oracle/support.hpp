/// @file
/// What all oracles share: plain tables, random configurations, and the comparison with the
/// library.
///
/// An oracle computes one equation with loops over plain numbers. It uses neither Eigen nor any
/// header of the library, so that a fault in the library cannot hide in the oracle as well.
///
/// HEBB_ORACLE_CONFIGURATIONS and HEBB_ORACLE_SEED set the number of configurations per family and
/// the seed. A configuration depends on the seed, the family's name and its own number alone.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace oracle {

using Count = std::ptrdiff_t;

/// The largest difference that passes, relative to the largest entry of an array.
inline constexpr double agreement = 1e-12;

/// A table of numbers; a vector is a table of one column.
struct Table {
  Count rows = 0, cols = 0;
  std::vector<double> data = {};

  Table() = default;
  Table(Count rows_, Count cols_ = 1, double value = 0)
      : rows(rows_), cols(cols_), data(std::size_t(rows_ * cols_), value) {}

  double& operator()(Count i, Count j = 0) { return data[std::size_t(j * rows + i)]; }
  double operator()(Count i, Count j = 0) const { return data[std::size_t(j * rows + i)]; }
  bool empty() const { return data.empty(); }
};

/// A table whose entries are entry(i, j).
template <typename Entry>
Table tabulate(Count rows, Count cols, const Entry& entry) {
  Table result(rows, cols);
  for (Count j = 0; j < cols; ++j)
    for (Count i = 0; i < rows; ++i) result(i, j) = entry(i, j);
  return result;
}

/// The sum of term(n) over n = 0 ... count - 1.
template <typename Term>
double sum(Count count, const Term& term) {
  double result = 0;
  for (Count n = 0; n < count; ++n) result += term(n);
  return result;
}

/// a b.
inline Table product(const Table& a, const Table& b) {
  return tabulate(a.rows, b.cols, [&](Count i, Count j) {
    return sum(a.cols, [&](Count k) { return a(i, k) * b(k, j); });
  });
}

inline Table transpose(const Table& a) {
  return tabulate(a.cols, a.rows, [&](Count i, Count j) { return a(j, i); });
}

/// <a b^T>, the mean over columns.
inline Table mean_outer(const Table& a, const Table& b) {
  return tabulate(a.rows, b.rows, [&](Count i, Count j) {
    return sum(a.cols, [&](Count c) { return a(i, c) * b(j, c); }) / double(a.cols);
  });
}

/// Random numbers for configurations: SplitMix64 (G. L. Steele, D. Lea & C. H. Flood, OOPSLA 2014).
struct Draw {
  std::uint64_t state = 0;

  std::uint64_t bits() {
    std::uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  double uniform(double low, double high) {
    return low + (high - low) * double(bits() >> 11) * 0x1p-53;
  }
  /// A positive number between two others, as likely in each decade.
  double scale(double low, double high) { return std::exp(uniform(std::log(low), std::log(high))); }
  /// A whole number from low to high, both included.
  Count between(Count low, Count high) {
    return low + Count(bits() % std::uint64_t(high - low + 1));
  }
  bool chance(double probability) { return uniform(0, 1) < probability; }
  Table table(Count rows, Count cols, double low, double high) {
    return tabulate(rows, cols, [&](Count, Count) { return uniform(low, high); });
  }
};

/// One configuration: its random numbers, its description, and the largest error found in it.
class Case {
 public:
  Draw draw;
  double error = 0;

  explicit Case(std::uint64_t seed) : draw{seed} {}

  /// Draws nothing; adds a value to the description.
  template <typename Value>
  const Value& note(const char* name, const Value& value) {
    text_ << ' ' << name << ' ' << value;
    return value;
  }

  /// Compares an array of the library with the oracle's. The difference is relative to the largest
  /// entry that arrays of this name have had in this case, or to `size`, that of the terms whose
  /// difference the entries are.
  void agree(const char* name, const Table& expected, const Table& found, double size = 0) {
    double& largest = largest_[name];
    double difference = 0;
    largest = std::fmax(largest, size);
    for (const double value : expected.data) largest = std::fmax(largest, std::fabs(value));
    if (expected.rows != found.rows || expected.cols != found.cols) {
      worst(name, std::numeric_limits<double>::infinity());
      return;
    }
    for (std::size_t n = 0; n < expected.data.size(); ++n) {
      const double gap = std::fabs(expected.data[n] - found.data[n]);
      difference = gap <= difference ? difference : gap;  // NaN is kept
    }
    worst(name, difference == 0 ? 0 : difference / largest);
  }
  void agree(const char* name, double expected, double found) {
    agree(name, Table(1, 1, expected), Table(1, 1, found));
  }

  std::string description() const { return text_.str() + ": " + where_; }

 private:
  void worst(const char* name, double found) {
    if (found <= error) return;
    error = found;
    where_ = std::string(name) + " differs";
  }

  std::map<std::string, double> largest_;
  std::ostringstream text_;
  std::string where_ = "nothing differs";
};

/// How many configurations of a family ran, and what they showed.
struct Result {
  Count asked = 0, ran = 0, failures = 0;
  double largest_error = 0;
};

inline std::uint64_t number_from(const char* variable, std::uint64_t standard) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : standard;
}

/// Tries a family on its configurations, prints those that fail, and one line at the end.
template <typename Try>
Result try_family(const char* family, const Try& attempt) {
  const std::uint64_t seed = number_from("HEBB_ORACLE_SEED", 1);
  Result result{.asked = Count(number_from("HEBB_ORACLE_CONFIGURATIONS", 300))};
  std::uint64_t name = 14695981039346656037u;  // FNV-1a
  for (const char* letter = family; *letter; ++letter)
    name = (name ^ std::uint64_t(*letter)) * 1099511628211u;
  for (Count n = 0; n < result.asked; ++n) {
    Draw mix{seed};
    mix.state = mix.bits() ^ name;
    mix.state = mix.bits() + std::uint64_t(n);
    Case configuration(mix.bits());
    attempt(configuration, n);
    ++result.ran;
    result.largest_error = std::fmax(result.largest_error, configuration.error);
    if (configuration.error <= agreement) continue;
    if (++result.failures <= 5)
      std::printf("oracle %s: configuration %td, seed %llu:%s, relative error %.3g\n", family, n,
                  static_cast<unsigned long long>(seed), configuration.description().c_str(),
                  configuration.error);
  }
  std::printf("oracle %s: %td configurations, seed %llu, largest relative error %.2g\n", family,
              result.ran, static_cast<unsigned long long>(seed), result.largest_error);
  std::fflush(stdout);
  return result;
}

/// Sizes of a layer and a batch: mostly 1 to 7, in some configurations beyond the sizes at which
/// implementations change their way: 8 and 64 rows, 256 presynaptic neurons, 64 samples.
struct Sizes {
  Count post, pre, batch;

  static Sizes random(Case& c) {
    Draw& draw = c.draw;
    Sizes sizes{draw.between(1, 7), draw.between(1, 7), draw.chance(0.4) ? 1 : draw.between(2, 7)};
    if (draw.chance(0.3))
      sizes.post = draw.chance(0.2) ? draw.between(65, 80) : draw.between(8, 20);
    if (draw.chance(0.15)) sizes.pre = draw.between(257, 290);
    if (draw.chance(0.15)) sizes.batch = draw.between(65, 80);
    c.note("post", sizes.post);
    c.note("pre", sizes.pre);
    c.note("batch", sizes.batch);
    return sizes;
  }
};

}  // namespace oracle

/// @file
/// Literals for quantities in the library's units: 1.5_ms, -60_mv, 10_hz.
///
/// A quantity is a plain number whose name says its unit: `delay_ms`, `rest_mv`, `rate_hz`. The
/// literals state the unit at the place of use and convert seconds and volts.
#pragma once

#include "hebb/core/language.hpp"

namespace hebb {

inline namespace literals {

/// Milliseconds.
constexpr double operator""_ms(long double value) { return double(value); }
/// Milliseconds.
constexpr double operator""_ms(unsigned long long value) { return double(value); }
/// Seconds, as milliseconds.
constexpr double operator""_s(long double value) { return double(value * 1000); }
/// Seconds, as milliseconds.
constexpr double operator""_s(unsigned long long value) { return double(value) * 1000; }
/// Millivolts.
constexpr double operator""_mv(long double value) { return double(value); }
/// Millivolts.
constexpr double operator""_mv(unsigned long long value) { return double(value); }
/// Hertz.
constexpr double operator""_hz(long double value) { return double(value); }
/// Hertz.
constexpr double operator""_hz(unsigned long long value) { return double(value); }

}  // namespace literals

}  // namespace hebb

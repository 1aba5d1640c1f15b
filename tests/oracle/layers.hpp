/// @file
/// Oracle of layers: activations, drives, convolutions with max pooling by index loops.
#pragma once

#include <algorithm>

#include "tests/oracle/support.hpp"

namespace oracle {

enum class Activation { linear, relu, tanh, sigmoid, softplus };

inline double rate(Activation f, double a) {
  switch (f) {
    case Activation::relu:
      return a > 0 ? a : 0;
    case Activation::tanh:
      return std::tanh(a);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-a));
    case Activation::softplus:
      return std::log(1 + std::exp(a));
    default:
      return a;
  }
}

inline double gain(Activation f, double a) {
  switch (f) {
    case Activation::relu:
      return a > 0 ? 1 : 0;
    case Activation::tanh:
      return 1 / (std::cosh(a) * std::cosh(a));
    case Activation::sigmoid:
      return 1 / (2 + std::exp(a) + std::exp(-a));
    case Activation::softplus:
      return 1 / (1 + std::exp(-a));
    default:
      return 1;
  }
}

inline Table rates(Activation f, const Table& a) {
  return tabulate(a.rows, a.cols, [&](Count i, Count c) { return rate(f, a(i, c)); });
}
inline Table gains(Activation f, const Table& a) {
  return tabulate(a.rows, a.cols, [&](Count i, Count c) { return gain(f, a(i, c)); });
}

/// The inputs with a row of ones below, for the bias.
inline Table with_ones(const Table& x) {
  return tabulate(x.rows + 1, x.cols, [&](Count i, Count c) { return i < x.rows ? x(i, c) : 1; });
}

/// A convolution and max pooling of images, whose order is channel, x, y, sample.
struct Convolution {
  Count in, width, height, out, kernel, stride, padding, pool;
  bool bias;
  Activation activation;

  Count drive_width() const { return (width + 2 * padding - kernel) / stride + 1; }
  Count drive_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  Count places() const { return (drive_width() / pool) * (drive_height() / pool); }
  Count synapses() const { return in * kernel * kernel + bias; }

  /// The presynaptic rate of a synapse (channel, kernel x, kernel y, or the bias) of the neuron at
  /// (u, v).
  double presynaptic(const Table& image, Count sample, Count synapse, Count u, Count v) const {
    if (synapse == in * kernel * kernel) return 1;
    const Count channel = synapse % in, kx = synapse / in % kernel, ky = synapse / in / kernel;
    const Count x = u * stride + kx - padding, y = v * stride + ky - padding;
    if (x < 0 || x >= width || y < 0 || y >= height) return 0;
    return image(channel + in * (x + width * y), sample);
  }
  double drive(const Table& w, const Table& image, Count sample, Count i, Count u, Count v) const {
    return sum(synapses(), [&](Count s) { return w(i, s) * presynaptic(image, sample, s, u, v); });
  }

  /// Rates after pooling, and for each the place of its winner and the winner's gain: out x
  /// (samples * places).
  struct Maps {
    Table rate, gain, u, v;
  };
  Maps forward(const Table& w, const Table& image) const {
    const Count columns = image.cols * places(), across = drive_width() / pool;
    Maps m{Table(out, columns), Table(out, columns), Table(out, columns), Table(out, columns)};
    for (Count sample = 0; sample < image.cols; ++sample)
      for (Count place = 0; place < places(); ++place)
        for (Count i = 0; i < out; ++i) {
          const Count column = sample * places() + place;
          double best = -std::numeric_limits<double>::infinity();
          for (Count dv = 0; dv < pool; ++dv)
            for (Count du = 0; du < pool; ++du) {
              const Count u = place % across * pool + du, v = place / across * pool + dv;
              const double a = drive(w, image, sample, i, u, v);
              if (rate(activation, a) <= best) continue;
              best = rate(activation, a);
              m.rate(i, column) = best;
              m.gain(i, column) = gain(activation, a);
              m.u(i, column) = double(u), m.v(i, column) = double(v);
            }
        }
    return m;
  }

  /// The mean rate over places: out x samples.
  Table pooled(const Maps& m) const {
    return tabulate(out, m.rate.cols / places(), [&](Count i, Count sample) {
      return sum(places(), [&](Count p) { return m.rate(i, sample * places() + p); }) /
             double(places());
    });
  }

  /// The patches of all places of the map of drives: synapses x (samples * places).
  Table patches(const Table& image) const {
    const Count all = drive_width() * drive_height();
    return tabulate(synapses(), image.cols * all, [&](Count s, Count column) {
      const Count place = column % all;
      return presynaptic(image, column / all, s, place % drive_width(), place / drive_width());
    });
  }

  /// The mean over samples and places of g f' x, x the patch of the winner, g per sample or per
  /// sample and place.
  Table change(const Maps& m, const Table& patch, const Table& g) const {
    const bool per_place = g.cols == m.rate.cols;
    const Count all = drive_width() * drive_height();
    return tabulate(out, synapses(), [&](Count i, Count s) {
      return sum(m.rate.cols,
                 [&](Count column) {
                   const Count sample = column / places();
                   const Count at =
                       sample * all + Count(m.v(i, column)) * drive_width() + Count(m.u(i, column));
                   return g(i, per_place ? column : sample) * m.gain(i, column) * patch(s, at);
                 }) /
             double(m.rate.cols);
    });
  }
};

}  // namespace oracle

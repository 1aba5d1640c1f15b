/// @file
/// The fast kernels: 3 x 3, stride 1, padding 1, ReLU, float, without pooling or with windows of 2
/// x 2.
#pragma once

#include <concepts>
#include <cstddef>

#include "hebb/layers/convolution/bilinear.hpp"
#include "hebb/layers/convolution/few_channels.hpp"
#include "hebb/layers/convolution/finish.hpp"
#include "hebb/layers/convolution/winners.hpp"

namespace hebb::convolution {

/// Chooses the kernels for a geometry. Images of few channels have their own kernels. Maps of 1 x 1
/// and 2 x 2 are multiplied tap by tap, all others by Winograd's scheme. The change of a layer with
/// pooling is a sum over winners, without pooling it is the adjoint of the scheme. Rates differ
/// from those of General in double by up to 3e-5 of their rms (Winograd), so another unit may win
/// when two drives are nearly equal. A template, so that programs without a convolution do not
/// compile the kernels.
template <std::same_as<float> Scalar = float>
class Fast {
  auto visit_scheme(const Geometry& g, const auto& visit) {
    if (g.input.width == 1 && g.input.height == 1) return visit(one_);
    if (g.input.width == 2 && g.input.height == 2) return visit(two_);
    return visit(winograd_);
  }

 public:
  /// Whether there is a kernel for these sizes.
  static bool covers(const Geometry& g) {
    return g.kernel == 3 && g.stride == 1 && g.padding == 1 && g.pool <= 2 &&
           g.channels > Images<float>::few_channels;
  }

  /// Rates after the pooling. Keeps the winners for `change`.
  void forward(const Geometry& g, const Images<float>& input, const Matrix<float>& weights,
               Images<float>& output, Scratch& scratch) {
    output.resize(g.output(), input.samples());
    if (g.pool == 2) winners_.resize(g.output(), input.samples());
    if (few(g)) return FewChannels::forward(g, input, weights, output, winners_, scratch);
    visit_scheme(g, [&](auto& scheme) { run(scheme, g, input, weights, output, scratch); });
  }

  /// The change of the weights by some samples of the last batch: channels x synapses, in the
  /// scratch space.
  Eigen::Map<Matrix<float>> change(const Geometry& g, const Images<float>& input,
                                   const Images<float>& output, const PostFactor<float>& factor,
                                   Scratch& scratch) {
    auto result = few(g)        ? FewChannels::change(g, input, output, winners_, factor, scratch)
                  : g.pool == 2 ? SumOfWinners::change(g, input, winners_, factor, scratch)
                                : visit_scheme(g, [&](auto& scheme) {
                                    return dense_change(scheme, g, input, output, factor, scratch);
                                  });
    if (g.bias == Bias::learned) change_bias(output, factor, result.col(g.bias_column()).data());
    return result;
  }

 private:
  void run(auto& scheme, const Geometry& g, const Images<float>& input,
           const Matrix<float>& weights, Images<float>& output, Scratch& scratch) {
    const float* bias = weights.data() + g.bias_column() * weights.rows();
    scheme.forward({g.input, g.channels}, input, weights, scratch,
                   [&](auto& drive, Index x, Index y, Index sample, Index channel) {
                     if (g.bias == Bias::learned) {
                       const Vec b = load_some(bias + channel, g.channels - channel);
                       for (auto& row : drive)
                         for (Vec& d : row) d += b;
                     }
                     finish(g, drive, x, y, sample, channel, output, winners_);
                   });
  }

  /// The sum over places and samples of factor * [rate > 0] * patch, without pooling and bias.
  static Eigen::Map<Matrix<float>> dense_change(auto& scheme, const Geometry& g,
                                                const Images<float>& input,
                                                const Images<float>& output,
                                                const PostFactor<float>& factor, Scratch& scratch) {
    const ImageShape shape = output.shape();
    return scheme.change(
        {g.input, g.channels}, input, factor.first, factor.samples, g.synapses(), scratch,
        [&]<std::size_t rows, std::size_t cols>(Vec(&error)[rows][cols], Index x0, Index y0,
                                                Index sample, Index channel) {
          const float* rates =
              output.data(sample, channel / block_channels) + channel % block_channels;
          for (Index y = 0; y < Index(rows) && y0 + y < shape.height; ++y)
            for (Index x = 0; x < Index(cols) && x0 + x < shape.width; ++x) {
              const Index place = (y0 + y) * shape.width + x0 + x;
              const Vec f = load_some(&factor.post(channel, factor.column(place, sample)),
                                      g.channels - channel) *
                            factor.scale;
              error[y][x] = load(rates + place * block_channels) > Vec{} ? f : Vec{};
            }
        });
  }

  static bool few(const Geometry& g) { return g.input.channels <= Images<float>::few_channels; }

  /// The sum over places and samples of factor * [rate > 0].
  static void change_bias(const Images<float>& output, const PostFactor<float>& factor,
                          float* change) {
    parallel_for(
        output.blocks(),
        [&](Index block) {
          for (Index lane = 0; lane < output.channels_in(block); lane += vector_width) {
            const Index channel = block * block_channels + lane,
                        count = output.shape().channels - channel;
            Vec sum = {};
            for (Index sample = factor.first; sample < factor.first + factor.samples; ++sample) {
              const float* rates = output.data(sample, block) + lane;
              Vec sum_of_sample = {};
              for (Index place = 0; place < output.shape().places();
                   ++place, rates += block_channels) {
                const Vec f = load_some(&factor.post(channel, factor.column(place, sample)), count);
                sum_of_sample += load(rates) > Vec{} ? f : Vec{};
              }
              sum += sum_of_sample;
            }
            store_some(change + channel, sum * factor.scale, count);
          }
        },
        pass_time(double(factor.samples) * double(output.image_size())));
  }

  Winners winners_;
  Bilinear<SmallMap<1>> one_;
  Bilinear<SmallMap<2>> two_;
  Bilinear<Winograd> winograd_;
};

}  // namespace hebb::convolution

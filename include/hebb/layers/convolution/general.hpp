/// @file
/// The convolution by its definition, for any kernel, stride, padding, pool and activation. It is
/// the reference that the fast kernels are tested against.
#pragma once

#include <cstdint>

#include "hebb/layers/convolution/geometry.hpp"
#include "hebb/layers/convolution/scratch.hpp"

namespace hebb::convolution {

/// General kernels. `forward` stores the place and the gain of each window's winner; `change` sums
/// the patches at these places.
template <typename Scalar, typename Activation>
class General {
 public:
  /// output = pool(f(W * input + b)).
  void forward(const Geometry& g, const Images<Scalar>& input, const Matrix<Scalar>& weights,
               Images<Scalar>& output, Scratch&) {
    const ImageShape drive = g.drive(), pooled = g.output();
    output.resize(pooled, input.samples());
    winner_.resize(std::size_t(pooled.size() * input.samples()));
    gain_.resize(pooled.size(), input.samples());
    work_.resize(std::size_t(max_threads()));
    const Index columns = drive.places() * input.samples();
    parallel_for(
        input.samples(),
        [&](Index sample, int worker) {
          Workspace& work = work_[std::size_t(worker)];
          work.patches.resize(g.synapses(), drive.places());
          gather_patches(g, input, sample, work.patches);
          work.drive.resize(g.channels, drive.places());
          work.drive.noalias() = weights * work.patches;
          Activation::template respond<Scalar>(work.drive, work.rate, work.gain);
          for (Index y = 0; y < pooled.height; ++y)
            for (Index x = 0; x < pooled.width; ++x)
              for (Index channel = 0; channel < g.channels; ++channel) {
                const Index winner = find_winner(g, work.rate, channel, x, y);
                const Index at = channel + g.channels * (x + pooled.width * y);
                output.pixel(channel / output.depth(), x, y, sample)[channel % output.depth()] =
                    work.rate(channel, winner);
                winner_[std::size_t(at + pooled.size() * sample)] = std::int32_t(winner);
                gain_(at, sample) = work.gain(channel, winner);
              }
        },
        product_time(g.channels, g.synapses(), columns) +
            4 * pass_time(double(g.channels + g.synapses()) * double(columns)));
  }

  /// The sum over places, and the samples of the factor, of factor * gain * patch at the winner, in
  /// the scratch space.
  Eigen::Map<Matrix<Scalar>> change(const Geometry& g, const Images<Scalar>& input,
                                    const Images<Scalar>&, const PostFactor<Scalar>& factor,
                                    Scratch& scratch) {
    return sum_over_winners(g, factor, scratch,
                            [&](Index sample, Index place, Scalar weight, Vector<Scalar>& sum) {
                              add_patch(g, input, sample, place, weight, sum);
                            });
  }

  /// The same with a rule's presynaptic factor, in the order of `gather`, instead of the patches.
  Eigen::Map<Matrix<Scalar>> change(const Geometry& g, const View<Scalar>& pre,
                                    const Images<Scalar>& output, const PostFactor<Scalar>& factor,
                                    Scratch& scratch) {
    const Index places = g.drive().places();
    require_shape<Scalar>(pre, g.synapses(), places * output.samples(),
                          "Conv2d: the rule's presynaptic factor");
    return sum_over_winners(g, factor, scratch,
                            [&](Index sample, Index place, Scalar weight, Vector<Scalar>& sum) {
                              sum += weight * pre.col(sample * places + place);
                            });
  }

  /// The patches of all places of the map of drives and of all samples, place fastest: synapses x
  /// (places * samples).
  void gather(const Geometry& g, const Images<Scalar>& input, Matrix<Scalar>& patches) const {
    const Index places = g.drive().places();
    patches.resize(g.synapses(), places * input.samples());
    parallel_for(
        input.samples(),
        [&](Index sample) {
          gather_patches(g, input, sample, patches.middleCols(sample * places, places));
        },
        4 * pass_time(double(patches.size())));
  }

 private:
  /// The scratch space of one worker.
  struct Workspace {
    Matrix<Scalar> patches, drive, rate, gain;
    Vector<Scalar> sum;
  };

  /// For each channel, calls add(sample, place of the winner, factor * gain, sum) for all windows.
  Eigen::Map<Matrix<Scalar>> sum_over_winners(const Geometry& g, const PostFactor<Scalar>& factor,
                                              Scratch& scratch, const auto& add) {
    const ImageShape pooled = g.output();
    const auto [data] = scratch.cut<Scalar>({g.channels * g.synapses()});
    Eigen::Map<Matrix<Scalar>> result(data, g.channels, g.synapses());
    work_.resize(std::size_t(max_threads()));
    parallel_for(
        g.channels,
        [&](Index channel, int worker) {
          Vector<Scalar>& sum = work_[std::size_t(worker)].sum;
          sum.setZero(g.synapses());
          for (Index sample = factor.first; sample < factor.first + factor.samples; ++sample)
            for (Index place = 0; place < pooled.places(); ++place) {
              const Index at = channel + g.channels * place;
              const Scalar weight = factor(channel, place, sample) * gain_(at, sample);
              if (weight == 0) continue;
              add(sample, winner_[std::size_t(at + pooled.size() * sample)], weight, sum);
            }
          result.row(channel) = sum.transpose();
        },
        2 * pass_time(double(result.size()) * double(pooled.places() * factor.samples)));
    return result;
  }

  static void gather_patches(const Geometry& g, const Images<Scalar>& input, Index sample,
                             Eigen::Ref<Matrix<Scalar>> patches) {
    g.patches().gather<Scalar>(input, sample, patches);
    if (g.bias == Bias::learned) patches.row(g.bias_column()).setOnes();
  }

  static void add_patch(const Geometry& g, const Images<Scalar>& input, Index sample, Index place,
                        Scalar weight, Vector<Scalar>& sum) {
    if (g.bias == Bias::learned) sum(g.bias_column()) += weight;
    g.patches().for_each_run(input, sample, place,
                             [&](Index first, const Scalar* from, Index count) {
                               if (!from) return;
                               for (Index i = 0; i < count; ++i) sum(first + i) += weight * from[i];
                             });
  }

  /// The place of the largest rate in a window, the first among equals. A NaN wins.
  static Index find_winner(const Geometry& g, const Matrix<Scalar>& rate, Index channel, Index x,
                           Index y) {
    const Index width = g.drive().width, first = y * g.pool * width + x * g.pool;
    Index winner = first;
    for (Index dy = 0; dy < g.pool; ++dy)
      for (Index dx = 0; dx < g.pool; ++dx) {
        const Index place = first + dy * width + dx;
        if (rate(channel, place) > rate(channel, winner) || std::isnan(rate(channel, place)))
          winner = place;
      }
    return winner;
  }

  Matrix<Scalar> gain_;          ///< of the winners: output size x samples, canonical order
  Buffer<std::int32_t> winner_;  ///< their places in the map of drives, in the same order
  std::vector<Workspace> work_;
};

}  // namespace hebb::convolution

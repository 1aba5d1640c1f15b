/// @file
/// The settings of random views.
#pragma once

#include "hebb/core/random.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// A range of numbers to draw from.
struct Interval {
  double low = 0;   ///< included
  double high = 0;  ///< excluded, unless equal to `low`

  /// A uniform number of the range.
  double draw(Random& random) const { return random.uniform(low, high); }
};

/// The strength of each step of the pipeline. The steps are applied in this order; colours stay
/// within [0, 1].
///
/// 1. Crop a random box, whose area and aspect ratio are relative to the image's, and stretch it
///    bilinearly to the image's size. A box that does not fit is drawn again, up to ten times; then
///    the image is not cropped.
/// 2. Flip left and right.
/// 3. Jitter of the colours: brightness, v -> f v; contrast, v -> f v + (1 - f) (mean luma of the
///    image); saturation, v -> f v + (1 - f) (luma of the pixel); hue, a rotation in the HSV model,
///    in turns. They are applied in this order; the published pipeline draws their order as well.
/// 4. Grayscale: every channel becomes the luma, 0.299 red + 0.587 green + 0.114 blue.
/// 5. Blur with a Gaussian, mirrored at the border.
///
/// Saturation, hue and grayscale do not change images whose number of channels is not three; their
/// luma is the mean over channels. The defaults are SimCLR's for small images at full strength.
///
/// T. Chen, S. Kornblith, M. Norouzi & G. Hinton, ICML 2020, appendix A.
struct Augmentation {
  Interval crop_area{0.08, 1};             ///< fraction of the image; in (0, 1]
  Interval crop_aspect{3.0 / 4, 4.0 / 3};  ///< width to height, log-uniform; > 0
  double flip = 0.5;                       ///< probability
  double jitter = 0.8;                     ///< probability of all four together
  Interval brightness{0.2, 1.8};           ///< factor; >= 0
  Interval contrast{0.2, 1.8};             ///< factor; >= 0
  Interval saturation{0.2, 1.8};           ///< factor; >= 0
  Interval hue{-0.2, 0.2};                 ///< turns
  double grayscale = 0.2;                  ///< probability
  double blur = 0.5;                       ///< probability
  Interval blur_deviation{0.1, 2};         ///< of the Gaussian: pixels; > 0
  /// Of the kernel, as a fraction of the shorter side, made odd; in [0, 1).
  double blur_width = 0.1;
};

/// Changes nothing; a start for pipelines with few steps.
inline constexpr Augmentation no_augmentation{.crop_area = {1, 1},
                                              .crop_aspect = {1, 1},
                                              .flip = 0,
                                              .jitter = 0,
                                              .brightness = {1, 1},
                                              .contrast = {1, 1},
                                              .saturation = {1, 1},
                                              .hue = {0, 0},
                                              .grayscale = 0,
                                              .blur = 0};

/// Throws InvalidParameter, naming the parameter, when a strength is out of range.
inline void check(const Augmentation& a) {
  const auto ordered = [](const Interval& interval, double least, double most, const char* name) {
    require(least <= interval.low && interval.low <= interval.high && interval.high <= most,
            "Augmentation: ", name, " must be ordered in [", least, ", ", most, "], got ",
            interval.low, " to ", interval.high);
  };
  const auto probability = [](double value, const char* name) {
    require(0 <= value && value <= 1, "Augmentation: ", name, " must be a probability, got ",
            value);
  };
  constexpr double tiny = 1e-6, huge = 1e6;
  ordered(a.crop_area, tiny, 1, "crop_area");
  ordered(a.crop_aspect, tiny, huge, "crop_aspect");
  probability(a.flip, "flip");
  probability(a.jitter, "jitter");
  ordered(a.brightness, 0, huge, "brightness");
  ordered(a.contrast, 0, huge, "contrast");
  ordered(a.saturation, 0, huge, "saturation");
  ordered(a.hue, -huge, huge, "hue");
  probability(a.grayscale, "grayscale");
  probability(a.blur, "blur");
  ordered(a.blur_deviation, tiny, huge, "blur_deviation");
  require(0 <= a.blur_width && a.blur_width < 1, "Augmentation: blur_width must be in [0, 1), got ",
          a.blur_width);
}

}  // namespace hebb

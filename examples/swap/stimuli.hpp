/// @file
/// What is seen, where, and after what: images on a tall blank canvas, in pairs that are swapped at
/// one place.
#pragma once

#include <algorithm>

#include "hebb/data/image_set.hpp"
#include "hebb/layers/images.hpp"

namespace swap_experiment {

using hebb::Index;
using hebb::Matrix;

/// Where on the canvas an image stands.
enum Place : Index { top, centre, bottom };
inline constexpr Index places = 3;

/// A column of tiles, one of which holds an image; the others are zero.
struct Canvas {
  hebb::ImageShape tile;
  Index tiles = 5;  ///< odd, so that one is in the centre

  hebb::ImageShape shape() const { return {tile.channels, tile.width, tiles * tile.height}; }
  Index tile_at(Index place) const { return place * (tiles - 1) / 2; }

  /// Every image at every place: tile numbers x images become canvas numbers x (places * images),
  /// the places of an image side by side.
  void show(const hebb::View<float>& images, Matrix<float>& out) const {
    hebb::require(tiles > 0 && tiles % 2 == 1, "Canvas: tiles must be odd, got ", tiles);
    hebb::require<hebb::ShapeError>(images.rows() == tile.size(), "Canvas: a tile has ",
                                    tile.size(), " numbers, an image ", images.rows());
    out.setZero(shape().size(), places * images.cols());
    for (Index column = 0; column < out.cols(); ++column)
      out.col(column).segment(tile_at(column % places) * tile.size(), tile.size()) =
          images.col(column / places);
  }
};

/// Which images are pairs, and which pairs are swapped where: a third at the top, a third at the
/// bottom, a third (control) is never seen while the network learns. Images 2p and 2p + 1 are pair
/// p; columns are those of Canvas::show.
struct Design {
  Index pairs_per_set = 8;

  Index pairs() const { return 3 * pairs_per_set; }
  Index images() const { return 2 * pairs(); }
  Index swapped_pairs() const { return 2 * pairs_per_set; }
  bool is_control(Index pair) const { return pair >= swapped_pairs(); }

  /// Of a pair that is not control.
  Place swap_place(Index pair) const { return pair < pairs_per_set ? top : bottom; }
  Place non_swap_place(Index pair) const { return pair < pairs_per_set ? bottom : top; }

  static Index column(Index image, Index place) { return places * image + place; }

  /// How many columns are learned from: all those of images that are not control, which come first.
  Index learned_columns() const { return places * 2 * swapped_pairs(); }

  /// What was seen just before a column: the same image at the centre, but at the swap place the
  /// other one of its pair.
  Index past(Index column) const {
    const Index image = column / places, other = image ^ 1;
    return Design::column(column % places == swap_place(image / 2) ? other : image, centre);
  }

  /// The response one step before each column that is learned from. What stands at the centre is
  /// its own past.
  Matrix<float> past(const Matrix<float>& response) const {
    Matrix<float> result(response.rows(), learned_columns());
    for (Index column = 0; column < result.cols(); ++column)
      result.col(column) = response.col(past(column));
    return result;
  }
};

/// The same images with a black border, of a width and height that pooling divides.
inline hebb::ImageSet padded(const hebb::ImageSet& images, Index multiple) {
  const auto up = [&](Index size) { return (size + multiple - 1) / multiple * multiple; };
  hebb::ImageSet result{.channels = images.channels,
                        .width = up(images.width),
                        .height = up(images.height),
                        .pixels = {},
                        .labels = images.labels,
                        .classes = images.classes};
  result.pixels.assign(std::size_t(images.size() * result.rows()), 0);
  const Index left = (result.width - images.width) / 2, above = (result.height - images.height) / 2,
              line = images.width * images.channels;
  for (Index sample = 0; sample < images.size(); ++sample)
    for (Index y = 0; y < images.height; ++y)
      std::copy_n(images.image(sample) + y * line, line,
                  result.pixels.data() + sample * result.rows() +
                      ((above + y) * result.width + left) * images.channels);
  return result;
}

}  // namespace swap_experiment

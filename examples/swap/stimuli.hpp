/// @file
/// The stimuli: images at three places of a tall blank canvas, and which image follows which.
#pragma once

#include "common/pad.hpp"
#include "hebb/data/image_set.hpp"
#include "hebb/layers/images.hpp"

namespace swap_experiment {

using hebb::Index;
using hebb::Matrix;

/// The place of an image on the canvas.
enum Place : Index { top, centre, bottom };
inline constexpr Index places = 3;

/// A column of tiles, one of which holds an image; the others are zero.
struct Canvas {
  hebb::ImageShape tile;
  Index tiles = 5;  ///< odd, so that one tile is in the centre

  hebb::ImageShape shape() const { return {tile.channels, tile.width, tiles * tile.height}; }
  Index tile_at(Index place) const { return place * (tiles - 1) / 2; }

  /// Every image at every place. From pixels of a tile x images to pixels of a canvas x (places *
  /// images); the places of one image are adjacent columns.
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

/// Images 2p and 2p + 1 are pair p. One third of the pairs is swapped at the top, one third at the
/// bottom; the last third (control) is not shown during exposure. Columns are those of
/// Canvas::show.
struct Design {
  Index pairs_per_set = 8;

  Index pairs() const { return 3 * pairs_per_set; }
  Index images() const { return 2 * pairs(); }
  Index swapped_pairs() const { return 2 * pairs_per_set; }
  bool is_control(Index pair) const { return pair >= swapped_pairs(); }

  /// The pair must not be a control pair.
  Place swap_place(Index pair) const { return pair < pairs_per_set ? top : bottom; }
  Place non_swap_place(Index pair) const { return pair < pairs_per_set ? bottom : top; }

  static Index column(Index image, Index place) { return places * image + place; }

  /// The number of columns that the network learns from: those of all pairs but the control pairs,
  /// which come last.
  Index learned_columns() const { return places * 2 * swapped_pairs(); }

  /// The column seen just before this one: the same image at the centre, or the other image of its
  /// pair if this column is at the swap place.
  Index past(Index column) const {
    const Index image = column / places, other = image ^ 1;
    return Design::column(column % places == swap_place(image / 2) ? other : image, centre);
  }

  /// The response one step before each column that the network learns from. The previous response
  /// of a column at the centre is its own response.
  Matrix<float> past(const Matrix<float>& response) const {
    Matrix<float> result(response.rows(), learned_columns());
    for (Index column = 0; column < result.cols(); ++column)
      result.col(column) = response.col(past(column));
    return result;
  }
};

/// The images with a black border that makes width and height multiples of `multiple`.
inline hebb::ImageSet padded(const hebb::ImageSet& images, Index multiple) {
  const auto up = [&](Index size) { return (size + multiple - 1) / multiple * multiple; };
  return example::padded(images, up(images.width), up(images.height));
}

}  // namespace swap_experiment

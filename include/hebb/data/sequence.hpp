/// @file
/// Sequences of objects at two positions: the same images in two temporal orders. In one the
/// position persists, in the other the class.
#pragma once

#include <array>

#include "hebb/data/image_set.hpp"

namespace hebb {

/// What stays the same from one step to the next.
enum class Kept {
  position,  ///< another image of either class at the same position
  identity   ///< another image of the same class at either position
};

/// One step of parallel sequences.
struct SequenceStep {
  Matrix<float> canvas;        ///< one column per sequence, values in [0, 1]
  std::vector<int> positions;  ///< 0 top left, 1 bottom right
  std::vector<int> classes;    ///< 0 or 1: which of the two classes
};

/// Images of two classes on a black canvas of twice their width and height, in its top left or its
/// bottom right quarter.
///
/// A step draws its images without replacement. It depends only on the parameters and its number.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), supplementary fig. S2.
template <Kept kept>
class ObjectSequence {
 public:
  struct Parameters {
    std::array<int, 2> labels{0, 1};  ///< the two classes, by their labels in the image set
    Index sequences = 200;            ///< in parallel
    Index images_per_class = 1000;    ///< the first images of each class; >= sequences
    Random random = {};               ///< its seed and stream determine the sequences
  };

  /// Copies the images it needs. Throws InvalidParameter where a class has too few.
  ObjectSequence(const ImageSet& images, const Parameters& parameters) : parameters_(parameters) {
    require(parameters.sequences > 0, "ObjectSequence: sequences must be > 0, got ",
            parameters.sequences);
    require(parameters.images_per_class >= parameters.sequences,
            "ObjectSequence: ", parameters.images_per_class, " images per class are too few for ",
            parameters.sequences, " sequences");
    std::vector<Index> chosen;
    for (const int label : parameters.labels) {
      const std::vector<Index> members = samples_of(images, label);
      require(Index(members.size()) >= parameters.images_per_class, "ObjectSequence: class ", label,
              " has ", members.size(), " images, not ", parameters.images_per_class);
      chosen.insert(chosen.end(), members.begin(), members.begin() + parameters.images_per_class);
    }
    objects_ = subset(images, chosen);
  }

  /// Numbers in one canvas: the rows of its column.
  Index rows() const { return 4 * objects_.rows(); }

  /// Draws a step, counted from 0. `out` is resized; its memory is reused.
  void draw(std::uint64_t step, SequenceStep& out) const {
    const Index sequences = parameters_.sequences;
    out.canvas.setZero(rows(), sequences);
    out.positions.resize(std::size_t(sequences));
    out.classes.resize(std::size_t(sequences));
    const Random& random = parameters_.random;
    Random constant = random.stream("kept"), changing = random.stream("steps").at(step);
    for (std::size_t i = 0; i < out.positions.size(); ++i) {
      out.positions[i] = int((kept == Kept::position ? constant : changing).below(2));
      out.classes[i] = int((kept == Kept::identity ? constant : changing).below(2));
    }
    const Index count = parameters_.images_per_class;
    const std::array<std::vector<Index>, 2> order{changing.permutation(count),
                                                  changing.permutation(count)};
    std::array<std::size_t, 2> used{};
    for (Index i = 0; i < sequences; ++i) {
      const std::size_t which = std::size_t(out.classes[std::size_t(i)]);
      place(Index(which) * count + order[which][used[which]++], out.positions[std::size_t(i)],
            out.canvas.col(i).data());
    }
  }

 private:
  void place(Index object, int position, float* canvas) const {
    // Numbers in a row of the object, which is half a row of the canvas.
    const Index line = objects_.width * objects_.channels;
    const std::uint8_t* const image = objects_.image(object);
    float* const corner = canvas + position * (objects_.height * 2 * line + line);
    for (Index y = 0; y < objects_.height; ++y)
      for (Index i = 0; i < line; ++i)
        corner[y * 2 * line + i] = float(image[y * line + i]) * unit_per_byte;
  }

  Parameters parameters_;
  ImageSet objects_;  // the first class, then the second
};

/// The position stays and the object changes.
using PositionSequence = ObjectSequence<Kept::position>;
/// The object stays and its position changes.
using IdentitySequence = ObjectSequence<Kept::identity>;

}  // namespace hebb

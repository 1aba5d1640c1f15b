/// @file
/// How values, arrays and errors of hebb become those of Python. What depends on no type of hebb is
/// compiled once, in binding.cpp.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <string>
#include <variant>
#include <vector>

#include "hebb/spiking/any_array.hpp"

namespace binding {

namespace py = pybind11;
using namespace py::literals;
using hebb::Index, hebb::Matrix, hebb::Vector, hebb::require;

/// What Python prints of an object.
std::string printed(const py::handle& object);

/// A parameter of a C++ value: its name, and where it is.
struct Field {
  const char* name;
  std::variant<float*, double*, Index*> place;
};
using Fields = std::vector<Field>;

/// A constant value of the library, as Python sees it: its parameters.
class Constant {
 public:
  explicit Constant(const char* name_) : name(name_) {}
  virtual ~Constant() = default;
  virtual Fields fields() = 0;

  /// Sets parameters by keyword. Throws TypeError for a keyword that is no parameter and for a
  /// value that is no number, InvalidParameter for NaN.
  void set(const py::kwargs& given);
  /// The call that makes the value, as in Oja(eta=0.01, alpha=1).
  std::string text();

  const char* name;
};

/// A value of a type of the library. `FieldsOf`, a function object, lists its parameters.
template <typename Value, typename FieldsOf, typename Base = Constant>
struct ConstantOf : Base {
  Value value;

  ConstantOf(const char* name_, const Value& defaults) : Base(name_), value(defaults) {}
  Fields fields() override { return FieldsOf{}(value); }
};

/// Binds a class of constants. Its constructor takes the parameters by keyword.
template <typename Bound, typename Base = Constant, typename Value>
py::class_<Bound, Base> bind_constant(py::module_& m, const char* name, const std::string& doc,
                                      const Value& defaults) {
  py::class_<Bound, Base> result(m, name, (Bound(name, defaults).text() + "\n\n" + doc).c_str());
  result.def(py::init([=](const py::kwargs& given) {
    Bound value(name, defaults);
    value.set(given);
    return value;
  }));
  return result;
}

/// Samples in rows: an array of Python, of which type, shape and values are checked. An array in
/// another memory order is copied.
template <typename Scalar>
class Samples {
 public:
  /// `width` is how many numbers a sample has; `what` names the array in messages. Throws
  /// TypeError for another type, ShapeError, and NonFinite.
  Samples(const py::object& array, Index width, const std::string& what);

  Index size() const { return array_.shape(0); }
  /// One sample per column, in the memory of the array.
  Eigen::Map<const Matrix<Scalar>> columns() const {
    return {array_.data(), array_.shape(1), size()};
  }

 private:
  py::array_t<Scalar, py::array::c_style> array_;
};

/// A matrix with one sample per column as an array with one sample per row.
template <typename Scalar>
py::array_t<Scalar> to_rows(const Matrix<Scalar>& columns) {
  return py::array_t<Scalar>({columns.cols(), columns.rows()}, columns.data());
}

/// Numbers as an array of one dimension.
template <typename Numbers>
auto to_array(const Numbers& numbers) {
  return py::array_t<std::remove_cvref_t<decltype(*numbers.data())>>(py::ssize_t(numbers.size()),
                                                                     numbers.data());
}

/// What changes while something learns, as Python sees it: arrays with names.
class Stateful {
 public:
  virtual ~Stateful() = default;
  virtual std::vector<hebb::NamedArray> arrays() = 0;
};

/// A matrix of that name as a view, through which Python may change it. It stays valid, because
/// `load` writes into the same memory.
py::array view(const py::object& stateful, const std::string& name);
/// Writes into a view. Throws TypeError and ShapeError where type or shape differ.
void assign(const py::array& view, const py::array& values, const std::string& what);

void bind_common(py::module_& m);
void bind_rules(py::module_& m);
void bind_spiking(py::module_& m);
void bind_vision(py::module_& m);

}  // namespace binding

// The module, and what depends on no type of hebb: parameters, arrays, files and errors.
#include "binding.hpp"

#include <cmath>

#include "hebb/core/finite.hpp"
#include "hebb/core/version.hpp"
#include "hebb/io/checkpoint.hpp"

namespace binding {

using hebb::NamedArray, hebb::sentence, hebb::ShapeError;

std::string printed(const py::handle& object) { return py::str(object); }

void Constant::set(const py::kwargs& given) {
  const Fields all = fields();
  for (const auto& [key, value] : given) {
    const std::string keyword = printed(key);
    const auto named = [&](const Field& field) { return field.name == keyword; };
    const auto found = std::find_if(all.begin(), all.end(), named);
    if (found == all.end())
      throw py::type_error(sentence(name, " has no parameter '", keyword, "'; it is ", text()));
    const auto put = [&, number = value](auto* place) {
      using Number = std::remove_pointer_t<decltype(place)>;
      try {
        *place = number.template cast<Number>();
      } catch (const py::cast_error&) {
        throw py::type_error(sentence(name, ": ", keyword, " must be a ",
                                      std::integral<Number> ? "whole " : "", "number, got ",
                                      printed(py::repr(number))));
      }
    };
    std::visit(put, found->place);
  }
  for (const Field& field : all)
    std::visit(
        [&](const auto* place) {
          require(!std::isnan(double(*place)), name, ": ", field.name,
                  " must be given, and not be nan");
        },
        field.place);
}

std::string Constant::text() {
  std::string result;
  for (const Field& field : fields())
    std::visit(
        [&](const auto* place) {
          result += sentence(result.empty() ? "" : ", ", field.name);
          if (!std::isnan(double(*place))) result += sentence("=", *place);
        },
        field.place);
  return sentence(name, "(", result, ")");
}

namespace {

void require_type(const py::array& array, const py::dtype& type, const std::string& what) {
  if (!array.dtype().equal(type))
    throw py::type_error(sentence(what, " must have the type ", printed(type), ", got ",
                                  printed(array.dtype()), "; astype converts"));
}

std::string shape_of(const py::array& array) { return printed(array.attr("shape")); }

}  // namespace

template <typename Scalar>
Samples<Scalar>::Samples(const py::object& array, Index width, const std::string& what) {
  const py::array given = py::array::ensure(array);
  if (!given) throw py::type_error(what + " must be an array");
  require_type(given, py::dtype::of<Scalar>(), what);
  require<ShapeError>(given.ndim() == 2 && given.shape(1) == width, what, " must be samples x ",
                      width, ", got the shape ", shape_of(given));
  array_ = given;
  if (hebb::all_finite(array_.data(), array_.size())) return;
  for (Index i = 0; i < array_.size(); ++i)
    require<hebb::NonFinite>(std::isfinite(array_.data()[i]), what, "[", i / width, ", ", i % width,
                             "] is ", array_.data()[i]);
}

template class Samples<float>;
template class Samples<double>;

namespace {

/// An array of a state: a number, a text, or a view of numbers. Without an owner it is a copy.
py::object to_python(const NamedArray& named, const py::object& owner = {}) {
  const auto convert = [&](auto* value) -> py::object {
    using Value = std::remove_cvref_t<decltype(*value)>;
    if constexpr (std::same_as<Value, hebb::Label>) {
      return py::str(std::string(value->text));
    } else if constexpr (std::is_arithmetic_v<Value>) {
      return py::cast(*value);
    } else {
      using Scalar = typename Value::Scalar;
      constexpr auto size = py::ssize_t(sizeof(Scalar));
      if constexpr (bool(Value::IsVectorAtCompileTime))
        return py::array_t<Scalar>({value->size()}, {size}, value->data(), owner);
      else
        return py::array_t<Scalar>({value->rows(), value->cols()}, {size, size * value->rows()},
                                   value->data(), owner);
    }
  };
  return std::visit(convert, named.array);
}

/// What a checkpoint visits.
struct Visited {
  std::vector<NamedArray> arrays;
  void each(auto&& visit) const { hebb::visit_arrays(arrays, "", visit); }
};

/// Loads the arrays of a .npz file, all or none.
void load(Stateful& object, const std::string& path) {
  const hebb::NpzArrays saved = hebb::read_npz(path);
  std::vector<std::function<void()>> changes;
  for (const NamedArray& named : object.arrays()) {
    const std::string what = path + ": " + named.name;
    const auto found = saved.find(named.name);
    require<ShapeError>(found != saved.end(), path, " has no array ", named.name);
    const auto prepare = [&](auto* value) {
      using Value = std::remove_cvref_t<decltype(*value)>;
      if constexpr (std::same_as<Value, hebb::Label>) {
        const auto text = hebb::from_npy<std::string>(found->second, what);
        require<ShapeError>(text == value->text, what, " is ", text, ", the object has ",
                            value->text);
      } else {
        const auto fits = [](Index theirs, Index own) { return theirs == own || own == 0; };
        const hebb::NpyArray own = hebb::describe_npy(*value);
        require<ShapeError>(std::ranges::equal(found->second.shape, own.shape, fits), what,
                            " has the shape ", found->second.shape_text(), ", the object has ",
                            own.shape_text());
        changes.push_back([value, loaded = hebb::from_npy<Value>(found->second, what)] {
          *value = loaded;  // a copy into the same memory, which a view may show
        });
      }
    };
    std::visit(prepare, named.array);
  }
  for (const auto& change : changes) change();
}

NamedArray array_of(Stateful& object, const std::string& name) {
  for (const NamedArray& named : object.arrays())
    if (named.name == name) return named;
  throw py::attribute_error("there is no array or method '" + name + "'");
}

}  // namespace

py::array view(const py::object& stateful, const std::string& name) {
  return to_python(array_of(stateful.cast<Stateful&>(), name), stateful);
}

void assign(const py::array& view, const py::array& values, const std::string& what) {
  require_type(values, view.dtype(), what);
  require<ShapeError>(shape_of(values) == shape_of(view), what, " must have the shape ",
                      shape_of(view), ", got ", shape_of(values));
  view[py::ellipsis()] = values;
}

void bind_common(py::module_& m) {
  py::register_exception<hebb::InvalidParameter>(m, "InvalidParameter", PyExc_ValueError);
  py::register_exception<hebb::InvalidCall>(m, "InvalidCall", PyExc_RuntimeError);
  py::register_exception<hebb::ShapeError>(m, "ShapeError", PyExc_ValueError);
  py::register_exception<hebb::NonFinite>(m, "NonFinite", PyExc_ValueError);
  py::register_exception<hebb::Divergence>(m, "Divergence", PyExc_ArithmeticError);
  py::register_exception<hebb::FormatError>(m, "FormatError", PyExc_ValueError);
  py::register_exception<hebb::IoError>(m, "IoError", PyExc_OSError);

  py::class_<Constant>(m, "Constant", "A constant value; its parameters are attributes.")
      .def("__repr__", &Constant::text)
      .def("__getattr__", [](Constant& self, const std::string& name) {
        for (const Field& field : self.fields())
          if (field.name == name)
            return std::visit([](auto* place) -> py::object { return py::cast(*place); },
                              field.place);
        throw py::attribute_error(sentence(self.name, " has no parameter '", name, "'"));
      });

  const auto arrays = [](Stateful& self) {
    py::dict result;
    for (const NamedArray& named : self.arrays()) result[named.name.c_str()] = to_python(named);
    return result;
  };
  const auto save = [](Stateful& self, const std::string& path) {
    hebb::save_checkpoint(path, Visited{self.arrays()});
  };
  py::class_<Stateful>(m, "Stateful", "What changes while something learns.")
      .def("arrays", arrays, "Copies of all arrays, by name.")
      .def("save", save, "path"_a, "Writes all arrays into a .npz file, which numpy.load reads.")
      .def("load", &load, "path"_a,
           "Reads all arrays from a .npz file, which numpy.savez may have written.")
      .def("__getattr__",
           [](Stateful& self, const std::string& name) { return to_python(array_of(self, name)); });
}

}  // namespace binding

PYBIND11_MODULE(hebb, m) {
  const auto& version = hebb::version;
  m.doc() = "Local synaptic plasticity. Samples are rows; weights are post x pre.";
  m.attr("__version__") = hebb::sentence(version.major, ".", version.minor, ".", version.patch);
  binding::bind_common(m);
  binding::bind_rules(m);
  binding::bind_spiking(m);
  binding::bind_vision(m);
}

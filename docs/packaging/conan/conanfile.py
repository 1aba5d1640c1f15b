"""Recipe for Conan 2. Not built."""

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.gnu import PkgConfigDeps
from conan.tools.scm import Git


class Hebb(ConanFile):
    name = "hebb"
    version = "1.0.0"
    description = "Local synaptic plasticity over Eigen"
    license = "MIT"
    url = "https://example.org/hebb.git"
    package_type = "header-library"
    settings = "os", "compiler", "build_type", "arch"
    options = {"files": [True, False]}
    default_options = {"files": True}

    def source(self):
        Git(self).clone(url=self.url, target=".")

    def requirements(self):
        self.requires("eigen/3.4.0", transitive_headers=True)
        if self.options.files:
            for library in ("zlib/[>=1.2.11 <2]", "libzip/1.9.2", "libpng/[>=1.6 <2]"):
                self.requires(library, transitive_headers=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        PkgConfigDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "BENCHMARKS", "EXAMPLES"):
            toolchain.cache_variables["HEBB_" + part] = False
        toolchain.generate()

    def build(self):
        CMake(self).configure()

    def package(self):
        CMake(self).install()

    def package_id(self):
        self.info.settings.clear()

    def package_info(self):
        self.cpp_info.bindirs = self.cpp_info.libdirs = []
        self.cpp_info.builddirs = ["share/cmake/hebb"]  # the package's own CMake files
        self.cpp_info.set_property("cmake_find_mode", "none")

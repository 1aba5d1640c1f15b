"""Recipe for Spack. Not built."""

from spack.package import *


class Hebb(CMakePackage):
    """Local synaptic plasticity over Eigen: a header-only library of C++20."""

    homepage = "https://example.org/hebb"
    git = "https://example.org/hebb.git"
    license("MIT")

    version("main", branch="main")
    version("1.0.0", tag="v0.1.0")

    variant("files", default=True, description="Read and write compressed files and pictures")

    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("pkgconfig", type=("build", "run"))
    depends_on("eigen@3.4:", type=("build", "link"))
    with when("+files"):
        depends_on("zlib-api")
        depends_on("libzip")
        depends_on("libpng")

    conflicts("%gcc@:11")
    conflicts("%clang@:13")

    def cmake_args(self):
        args = [self.define("HEBB_" + part, False) for part in ("TESTS", "BENCHMARKS", "EXAMPLES")]
        if "~files" in self.spec:
            args.append(self.define("CMAKE_DISABLE_FIND_PACKAGE_PNG", True))
        return args

"""Builds the module with CMake, outside this folder: pip install --no-build-isolation ."""

import pathlib
import re
import subprocess
import sys
import tempfile

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = pathlib.Path(__file__).resolve().parent
VERSION = (HERE / "../../include/hebb/core/version.hpp").read_text()
WORK = tempfile.TemporaryDirectory()


class CMakeBuild(build_ext):
    def build_extension(self, extension):
        module = pathlib.Path(self.get_ext_fullpath(extension.name)).resolve()
        subprocess.run(
            ["cmake", "-S", HERE, "-B", self.build_temp, "-G", "Ninja",
             "-DCMAKE_BUILD_TYPE=Release", f"-DPython_EXECUTABLE={sys.executable}",
             f"-DCMAKE_LIBRARY_OUTPUT_DIRECTORY={module.parent}"],
            check=True)
        subprocess.run(["cmake", "--build", self.build_temp], check=True)


setup(
    version=".".join(re.search(r"version\{(\d+), (\d+), (\d+)\}", VERSION).groups()),
    ext_modules=[Extension("hebb", sources=[])],
    cmdclass={"build_ext": CMakeBuild},
    options={"build": {"build_base": WORK.name}, "egg_info": {"egg_base": WORK.name}},
)

# SPDX-License-Identifier: MIT
"""What other builds find of an installed refsan: find_package() and pkg-config,
by `cmake --install` and by pip."""

import os
import pathlib
import shutil
import unittest

import support
from support import ROOT, interpreters

CMAKE = os.environ["CMAKE"]
PROJECT = """
cmake_minimum_required(VERSION 3.20)
project(user LANGUAGES C)
find_package(refsan 0.1 REQUIRED)
enable_testing()

add_library(t MODULE {source})
set_target_properties(t PROPERTIES PREFIX "" SUFFIX ".so")
target_include_directories(t PRIVATE {includes})
refsan_instrument(t)
refsan_add_test(NAME good COMMAND {python} -c "import t")
refsan_add_test(NAME bad COMMAND {python} -c "import t; t.keep([])")
refsan_add_test(NAME chosen OPTIONS exitcode=0 verbosity=1
    COMMAND {python} -c "import t; t.keep([])")
set_property(TEST good bad chosen PROPERTY ENVIRONMENT PYTHONPATH=$<TARGET_FILE_DIR:t>)

add_executable(detached {embedded})
target_link_libraries(detached refsan::embedded)
"""


class ForBuilds(support.PackageTest):
    def check_project(self, name, prefix, path):
        python = next(iter(interpreters.find().values()))
        folder = pathlib.Path("projects", name).resolve()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "CMakeLists.txt").write_text(PROJECT.format(
            source=support.BUG, python=python.path,
            includes=" ".join([str(support.TESTS), *python.includes]),
            embedded=ROOT / "docs/examples/detached.c"))
        environment = {**os.environ, "PATH": path, "CMAKE_PREFIX_PATH":
                       str(prefix)}
        support.call(CMAKE, "-S", folder, "-B", folder / "build",
                     "-DCMAKE_BUILD_TYPE=RelWithDebInfo", env=environment)
        support.call(CMAKE, "--build", folder / "build", env=environment)
        said = support.call("ctest", "--test-dir", folder / "build", "-V",
                            status=8, env=environment)
        self.assertRegex(said, r"good \.+ +Passed")
        self.assertRegex(said, r"bad \.+\**Failed")
        self.assertRegex(said, r"chosen \.+ +Passed")
        self.assertIn("instrumented tier on CPython", said)
        self.assertIn("attached thread state [refop-detached]", said)

    def test_installed(self):
        prefix = pathlib.Path("prefix a b").resolve()
        shutil.rmtree(prefix, ignore_errors=True)
        support.call(CMAKE, "--install", os.environ["REFSAN_BUILD"],
                     "--prefix", prefix)
        self.check_project("installed", prefix,
                           f"{prefix}/bin:{os.environ['PATH']}")
        flags = support.call(
            "pkg-config", "--cflags", "--libs", "refsan", env={
                **os.environ, "PKG_CONFIG_PATH": f"{prefix}/lib/pkgconfig:"
                f"{prefix}/lib/x86_64-linux-gnu/pkgconfig"})
        self.assertIn("-lrefsan_embedded", flags)
        self.assertTrue((prefix / "share/man/man1/refsan.1").is_file())

    def test_wheel(self):
        support.need(list(support.DISTRIBUTIONS.glob("*.whl")), "wheel")
        python = next(iter(interpreters.find().values()))
        made = support.Environment(python.path, "wheel")
        package, = made.folder.glob("lib/python*/site-packages/refsan")
        self.check_project("wheel", package,
                           f"{made.folder}/bin:{os.environ['PATH']}")
        self.assertTrue((made.folder / "share/man/man1/refsan.1").is_file())


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""Builds one of the projects next to it with CC="refsan cc" CXX="refsan c++", as
its users would, and runs it: silently where it counts rightly, and with the
report where it does not.

  run.py NAME

The build tools come from PyPI, once, into .refsan/recipes. Exits with 77 when
they cannot be had. Python is $PYTHON, else the first that tests/interpreters.py
finds; the library is $REFSAN_LIBRARY."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
REFSAN = pathlib.Path(os.environ.get("REFSAN", ROOT / "build/refsan"))
CACHE = ROOT / ".refsan/recipes"
sys.path.insert(0, str(HERE.parent))

import interpreters  # noqa: E402

MINUTES = 60
GOOD = """
import recipe
items = [object()]
for _ in range(100):
    assert recipe.pairs(items) == (items, items)
"""
BAD = "import recipe; recipe.release_twice()"


class Missing(Exception):
    """Something the recipe needs is not here."""


def call(command, **more):
    done = subprocess.run(list(map(str, command)), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=8 * MINUTES, **more)
    return done.returncode, done.stdout


def must(command, **more):
    status, out = call(command, **more)
    if status:
        sys.exit(f"{' '.join(map(str, command))}: status {status}\n{out}")
    return out


def pip(python):
    """A pip that runs on any interpreter, as a command."""
    wheels = sorted((CACHE / "pip").glob("pip-*.whl"))
    if not wheels:
        status, out = call([sys.executable, "-m", "pip", "download", "-q",
                            "--no-deps", "pip", "-d", CACHE / "pip"])
        if status:
            raise Missing(f"pip cannot download itself:\n{out}")
        wheels = sorted((CACHE / "pip").glob("pip-*.whl"))
    return [python, wheels[0] / "pip", "--disable-pip-version-check",
            "--no-input"]


def get_tools(python, names):
    """The folder where the build tools are."""
    folder = CACHE / f"{python.name}-{'-'.join(names)}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        status, out = call([*pip(python.path), "install", "-q", "--target",
                            folder, *names])
        if status:
            raise Missing(f"no {', '.join(names)} from PyPI:\n{out}")
        (folder / "complete").touch()
    return folder


def make_environment(tools):
    """CC and CXX as the user sets them; `refsan` is on PATH."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("PYTHON", "CMAKE", "REFSAN"))}
    environment.update(
        CC="refsan cc", CXX="refsan c++", PYTHONPATH=str(tools),
        CMAKE_GENERATOR="Ninja", SETUPTOOLS_SCM_PRETEND_VERSION="1",
        PATH=f"{REFSAN.parent}:{tools / 'bin'}:{os.environ['PATH']}")
    return environment


def copy_project(name):
    project = pathlib.Path("project").resolve()
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(HERE / name, project)
    if not list(project.glob("recipe.*")):
        shutil.copy(HERE / "recipe.c", project)
    return project


def build_wheel(python, project, target, environment):
    must([*pip(python.path), "wheel", "--no-build-isolation", "--no-deps",
          "-w", "wheels", project], env=environment)
    wheel, = pathlib.Path("wheels").glob("*.whl")
    must([*pip(python.path), "install", "-q", "--no-deps", "--target", target,
          wheel])


def build_cmake(python, project, target, environment):
    must(["cmake", "-S", project, "-B", "build", f"-DPython_EXECUTABLE="
          f"{python.path}", f"-DPython_INCLUDE_DIR={python.includes[0]}",
          f"-DCMAKE_INSTALL_PREFIX={target}", "-DCMAKE_BUILD_TYPE=Release"],
         env=environment)
    must(["cmake", "--build", "build", "--target", "install"],
         env=environment)


def run(python, target, program, status):
    environment = {**os.environ, "PYTHONPATH": str(target)}
    seen, out = call([sys.executable, REFSAN, "run", "--full", "--",
                      python.path, "-s", "-c", program], env=environment)
    if seen != status:
        sys.exit(f"status {seen}, not {status}:\n{out}")
    if not re.search(r"instrumented tier on .*, 1 instrumented", out):
        sys.exit(f"the module does not announce itself:\n{out}")
    return out


def requirements(name):
    path = HERE / name / "pyproject.toml"
    if not path.exists():
        return ["cmake", "ninja"]
    return tomllib.loads(path.read_text())["build-system"]["requires"]


def main(name):
    found = interpreters.find(filter(None, [os.environ.get("PYTHON")]))
    python = next(iter(found.values()), None)
    if python is None:
        raise Missing("there is no interpreter with headers")
    tools = get_tools(python, requirements(name))
    project = copy_project(name)
    target = pathlib.Path("target").resolve()
    for folder in target, "wheels", "build":
        shutil.rmtree(folder, ignore_errors=True)
    has_backend = (project / "pyproject.toml").exists()
    build = build_wheel if has_backend else build_cmake
    build(python, project, target, make_environment(tools))
    out = run(python, target, GOOD, 0)
    if "refsan: 0 errors, 0 warnings" not in out:
        sys.exit(f"not silent:\n{out}")
    out = run(python, target, BAD, 66)
    print(out, end="")
    if "refsan: decref-after-zero: " not in out or \
            not re.search(r"#0 0x\w+ in .*:\d+ \(", out):
        sys.exit("not the report that was expected")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Missing as missing:
        print(missing)
        sys.exit(77)

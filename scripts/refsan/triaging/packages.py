# SPDX-License-Identifier: MIT
"""Packages that make more possible, and that nothing else needs.

The command runs without site-packages (refsan.in), because files there may ask
for anything at each start. They are looked for only when one is wanted: in the
folder that REFSAN_PACKAGES names, then where the interpreter keeps them."""

import importlib
import os
import sys


def find(name):
    """The module, or None."""
    folder = os.environ.get("REFSAN_PACKAGES")
    if folder and folder not in sys.path:
        sys.path.append(folder)
    try:
        return importlib.import_module(name)
    except ImportError:
        pass
    try:
        import site
        for folder in site.getsitepackages():
            if folder not in sys.path and os.path.isdir(folder):
                sys.path.append(folder)
        importlib.invalidate_caches()
        return importlib.import_module(name)
    except (ImportError, AttributeError, OSError):
        return None


def advice(name):
    return (f"install it with {sys.executable} -m pip install {name}, or with "
            f"pip install --target DIR {name} and REFSAN_PACKAGES=DIR")

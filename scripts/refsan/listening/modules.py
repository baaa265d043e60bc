# SPDX-License-Identifier: MIT
"""Extension modules of a run: their names, and how much was seen of each
(runtime/report/report_process.h)."""

import os
import re

# Folders whose contents are imported by their own names.
ROOTS = {"site-packages", "dist-packages", "lib-dynload"}
STANDARD = "lib-dynload"
TIERS = "stock", "instrumented"


def import_name(path):
    """As a file is imported: a.b.c. Missed: namespace packages outside of
    site-packages."""
    folder, file = os.path.split(path)
    parts = [re.split(r"\.(?:cpython-|abi3|so|py$)", file)[0]]
    above = folder.split("/")
    if ROOTS.intersection(above):
        start = max(index for index, part in enumerate(above)
                    if part in ROOTS)
        return ".".join(above[start + 1:] + parts)
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, part = os.path.split(folder)
        parts.insert(0, part)
    return ".".join(parts)


def package_of(frame):
    """The package that a frame's code is of, by its file: NAME of
    site-packages/NAME/... and of NAME.libs beside it."""
    path = frame.get("module") or frame.get("file") or ""
    name = import_name(path).partition(".")[0]
    return name or None


class Module:
    """One file, in one process."""
    def __init__(self, path, tier, hooked, pid):
        self.path = path
        self.tier = tier
        self.hooked = hooked
        self.pid = pid

    @property
    def name(self):
        return import_name(self.path)

    @property
    def is_standard(self):
        return STANDARD in self.path.split("/")

    def answers_to(self, name):
        """The module itself, by the end of its name too, or one of the
        package."""
        own = f".{self.name}"
        return own.endswith(f".{name}") or own.startswith(f".{name}.")


def names(modules, most=8):
    """a, b and 3 more; the standard library's as a number."""
    others = sorted({module.name for module in modules
                     if not module.is_standard})
    standard = len({module.path for module in modules if module.is_standard})
    words = others[:most]
    if others[most:]:
        words.append(f"{len(others) - most} more")
    if standard:
        words.append(f"{standard} of the standard library")
    return ", ".join(words)


def tiers(modules):
    """One sentence where tiers differ, else None. A module that was loaded by
    several processes counts once for each tier it had."""
    by_tier = {tier: [module for module in modules if module.tier == tier]
               for tier in TIERS}
    if not all(by_tier.values()):
        return None
    return (f"instrumented: {names(by_tier['instrumented'])}; stock, where "
            "inline counting is not seen (build them with refsan cc): "
            f"{names(by_tier['stock'])}")

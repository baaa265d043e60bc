# SPDX-License-Identifier: MIT
"""Extension modules of a run: their names, and how much was seen of each
(runtime/report/report_process.h)."""

import dataclasses
import os
import re

# Folders whose contents are imported by their own names.
ROOTS = {"site-packages", "dist-packages", "lib-dynload"}
STANDARD = "lib-dynload"
TIERS = "stock", "instrumented"


@dataclasses.dataclass
class Module:
    """One file, in one process."""
    path: str
    tier: str
    hooked: bool
    pid: int

    @property
    def name(self):
        """As it is imported: a.b.c. Missed: namespace packages outside of
        site-packages."""
        folder, file = os.path.split(self.path)
        parts = [re.split(r"\.(?:cpython-|abi3|so)", file)[0]]
        above = folder.split("/")
        if ROOTS.intersection(above):
            start = max(index for index, part in enumerate(above)
                        if part in ROOTS)
            return ".".join(above[start + 1:] + parts)
        while os.path.isfile(os.path.join(folder, "__init__.py")):
            folder, part = os.path.split(folder)
            parts.insert(0, part)
        return ".".join(parts)

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

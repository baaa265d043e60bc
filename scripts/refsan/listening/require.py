# SPDX-License-Identifier: MIT
"""refsan run --require MODULE[=TIER][,nogil]: what must have been watched for
the run to count."""

import dataclasses

from ..mistake import Mistake
from .modules import TIERS


@dataclasses.dataclass
class Requirement:
    name: str
    tier: str = ""  # any
    nogil: bool = False

    def failures(self, processes, modules):
        """Sentences; none when it is met."""
        found = [module for module in modules
                 if module.answers_to(self.name)]
        if not found:
            return [f"{self.name} was not loaded in any watched process"]
        sentences = []
        for module in found:
            sentences += [f"{module.name} {what}" for what
                          in self._wrong(module, processes[module.pid])]
        return list(dict.fromkeys(sentences))

    def _wrong(self, module, process):
        if not module.hooked and module.tier == "stock":
            yield ("was loaded, but none of its calls is watched: it makes "
                   "none that refsan knows, or they could not be hooked")
        if self.tier and module.tier != self.tier:
            yield f"was watched as {module.tier}, not {self.tier}" + (
                ": build it with refsan cc" if self.tier == "instrumented"
                else "")
        if self.nogil and not process.is_free_threaded():
            yield f"ran with a GIL: {process.host} has no other way"
        elif self.nogil and process.gil is not None:
            yield "ran with the GIL: it was switched on " + (
                f"for {process.gil}" if process.gil
                else "by PYTHON_GIL=1 or -X gil=1")


def parse(text):
    """argparse's type."""
    head, *marks = text.split(",")
    name, equals, tier = head.partition("=")
    if not name or (equals and tier not in TIERS) or set(marks) - {"nogil"}:
        raise Mistake(f"--require needs MODULE[={'|'.join(TIERS)}][,nogil], "
                      f"not {text}")
    return Requirement(name, tier, bool(marks))

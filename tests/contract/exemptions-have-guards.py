# SPDX-License-Identifier: MIT
"""Every exemption of the runtime (base/exempt.h) has tests in
tests/mutations.json that fail without it, which is there for no other, and the
tests are there. That they do fail is checked by contract.mutations in a build
with REFSAN_MUTATIONS (scripts/mutate)."""

import importlib.machinery
import importlib.util
import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
loader = importlib.machinery.SourceFileLoader(
    "mutate", str(TESTS.parent / "scripts/mutate"))
spec = importlib.util.spec_from_loader("mutate", loader)
mutate = importlib.util.module_from_spec(spec)
sys.dont_write_bytecode = True
loader.exec_module(mutate)

places = mutate.exemptions()
table = json.loads(mutate.TABLE.read_text())
complaints = [f"{name} ({places[name]}): no test is known that fails without "
              "it: scripts/mutate --all " + name
              for name in sorted(places) if not table.get(name)]
complaints += [f"{name}: no such exemption"
               for name in sorted(set(table) - set(places))]
for name, tests in table.items():
    for test in tests:
        folder, stem = test.split(".")[:2]
        stem += "_test" if folder == "unit" else ""
        if not list((TESTS / folder).glob(f"{stem}.*")):
            complaints.append(f"{name}: there is no test {test}")
if len(places) < 100:
    complaints.append(f"only {len(places)} exemptions were found")
sys.exit("\n".join(complaints) or 0)

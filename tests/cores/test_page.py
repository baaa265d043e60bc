# SPDX-License-Identifier: MIT
"""What docs/triage.md shows of a core is what is said.

    PYTHON=python3.15 tests/cores/test_page.py --write

writes it there."""

import re
import shutil
import sys
import unittest

import making
from making import CoreTest

PYTHON = making.interpreter()


@making.NEEDS_KERNEL
class TestPage(CoreTest):
    PAGE = making.ROOT / "docs/triage.md"
    SHOWN = re.compile(r"(\n\$ refsan triage core core\n)(.*?)(```\n)",
                       re.DOTALL)
    is_written = False

    @staticmethod
    def words(said):
        """The words, without what differs from run to run: numbers, and what
        happens to stand on a stack."""
        kept, is_kept = [], True
        for line in said.splitlines():
            if line[:2] == "  " and line[2] != " ":
                is_kept = line.strip() not in (
                    "registers", "pointers to known objects")
            if is_kept:
                kept += re.sub(r"0x[0-9a-f]+|CPython [\w.]+", "N",
                               line).split()
        return kept

    def test_page(self):
        shutil.copy(making.SOURCE, self.folder / "node.c")
        making.build_module(PYTHON, self.folder, self.folder / "node.c")
        making.write_program(self.folder)
        made, _ = making.by_kernel([PYTHON, "-s", "run.py"], self.folder,
                                   crash=0, neutralise=0)
        made.rename(self.folder / "core")
        said = self.refsan("triage", "core", "core",
                           environment={"COLUMNS": "80"}).stdout
        page = self.PAGE.read_text()
        if self.is_written:
            page = self.SHOWN.sub(lambda match: match[1] + said + match[3],
                                  page)
            self.PAGE.write_text(page)
        self.assertEqual(self.words(self.SHOWN.search(page)[2]),
                         self.words(said))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        del sys.argv[1:]
        TestPage.is_written = True
    sys.exit(unittest.main())

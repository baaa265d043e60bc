# SPDX-License-Identifier: MIT
"""scripts/tables.py reads the .def tables as the C preprocessor does."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import tables  # noqa: E402

COLUMNS = {("runtime/bugs.def", "RS_BUG"): 6,
           ("runtime/options.def", "RS_OPTION"): 6,
           ("runtime/lost.def", "RS_LOST"): 3,
           ("runtime/evidence.def", "RS_EVIDENCE"): 3,
           ("runtime/roles.def", "RS_ROLE"): 3}


class Tables(unittest.TestCase):
    def test_every_row_has_every_column(self):
        for (table, macro), columns in COLUMNS.items():
            rows = list(tables.rows(table, macro))
            lines = (ROOT / table).read_text().splitlines()
            with self.subTest(table):
                self.assertEqual({len(row) for row in rows}, {columns})
                self.assertEqual(
                    len(rows), sum(line.startswith(macro + "(")
                                   for line in lines))

    def test_strings_keep_commas_and_parentheses(self):
        hints = {slug: hint for slug, *_, hint in tables.bugs()}
        self.assertIn("(PyList_GetItem, PyDict_GetItem)",
                      hints["decref-after-zero"])

    def test_numbers_and_lists(self):
        options = {name: row for _, name, *row in tables.options()}
        self.assertEqual(options["exitcode"][:3], ["66", "0", "255"])
        self.assertEqual(options["unwind"][1], "auto|fp|libunwind|none")


if __name__ == "__main__":
    unittest.main()

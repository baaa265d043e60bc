# SPDX-License-Identifier: MIT
"""scripts/tables.c writes tables as the compiler reads them, whatever is in
their strings; and the real ones are whole."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from refsan import tables  # noqa: E402

MADE_UP = {
    "bugs.def": r'''
RS_BUG(ONE, "one", ERROR, "%t", "a \"word\", (in brackets)",
       "first " /* adjacent */ "and " "second", "a\\b\tc\n\001d")
RS_BUG(TWO, "two", WARNING, "", "", ")", "ümlaut")
''',
    "options.def": r'''
RS_OPTION(INT, number, 3, 1, 8 * 4, "help")
RS_OPTION(BOOL, yes, 1, 0, 0, "help")
RS_OPTION(STRING, text, "a|b", 0, 0, "help")
RS_OPTION(CHOICE, choice, "b", "a|b|c d", 0, "help")
''',
    "roles.def": 'RS_ROLE(ACT, "act", "%e", "an act")', "evidence.def": "",
    "events.def": 'RS_EVENT(INCREF, "an incref", RS_TRAIT_OP)',
    "lost.def": "", "provide.def": "RS_PROVIDE(f, 1, FULL, HINT)",
}


def make(folder, files):
    """The tables of these files, those of the runtime where there is none."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    subprocess.run([os.environ.get("CC", "cc"), f"-I{folder}",
                    f"-I{ROOT / 'runtime'}", ROOT / "scripts/tables.c", "-o",
                    folder / "tables"], check=True)
    subprocess.run([folder / "tables", "1.2.3", folder / "out"], check=True)
    return json.loads((folder / "out").read_text(encoding="utf-8"))


class Tables(unittest.TestCase):
    def test_strings_and_types(self):
        with tempfile.TemporaryDirectory() as folder:
            made = make(pathlib.Path(folder), MADE_UP)
        self.assertEqual(made["version"], "1.2.3")
        self.assertEqual(made["bugs"], [
            {"slug": "one", "severity": "error",
             "headline": "%t", "summary": 'a "word", (in brackets)',
             "why": "first and second", "hint": "a\\b\tc\n\1d"},
            {"slug": "two", "severity": "warning", "headline": "", "summary": "",
             "why": ")", "hint": "ümlaut"}])
        self.assertEqual(
            [(option["type"], option["default"]) for option
             in made["options"]],
            [("INT", 3), ("BOOL", True), ("STRING", "a|b"), ("CHOICE", "b")])
        self.assertEqual(made["options"][0]["high"], 32)
        self.assertEqual(made["options"][3]["choices"], ["a", "b", "c d"])
        self.assertEqual(made["roles"], [{"slug": "act", "label": "an act"}])
        self.assertEqual(made["events"],
                         [{"id": "INCREF", "phrase": "an incref"}])
        self.assertEqual(made["lost"], [])
        self.assertEqual(made["provided"], [
            {"symbol": "f", "on_default": "FULL",
             "on_free_threaded": "HINT"}])

    def test_cures_name_options_that_are_there(self):
        """"raise records=N"."""
        options = {option.name for option in tables.options()}
        cures = [way.cure for way in tables.lost()]
        named = {name for cure in cures
                 for name in re.findall(r"(\w+)=", cure)}
        self.assertIn("records", named)
        self.assertLessEqual(named, options)
        meanings = [meaning.name for meaning in tables.meanings()]
        for way in tables.lost():
            self.assertIn(way.meaning, meanings)

    def test_every_row_is_there(self):
        for table, macro, rows in (
                ("runtime/bugs.def", "RS_BUG(", tables.bugs()),
                ("runtime/roles.def", "RS_ROLE(", tables.roles().values()),
                ("runtime/events.def", "RS_EVENT(",
                 tables.events().values()),
                ("runtime/evidence.def", "RS_EVIDENCE(",
                 tables.evidence().values()),
                ("runtime/options.def", "RS_OPTION(", tables.options()),
                ("runtime/lost.def", "RS_LOST(", tables.lost()),
                ("runtime/lost.def", "RS_LOST_MEANING(", tables.meanings()),
                ("runtime/provide.def", "RS_PROVIDE(", tables.provided())):
            lines = (ROOT / table).read_text().splitlines()
            with self.subTest(table):
                self.assertEqual(
                    len(rows), sum(line.startswith(macro) for line in lines))
        self.assertIn("_Py_Dealloc", tables.watched_symbols())
        self.assertNotIn("PyObject_Init", tables.watched_symbols())


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""The manual page and the shells' completions, as the build made them from the
command line's own description."""

import os
import pathlib
import shutil
import unittest

import support

SHARE = pathlib.Path(os.environ["REFSAN_BUILD"]) / "share"
COMPLETE = """
source {completion}
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_refsan refsan "{current}" "{previous}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


class Pages(support.PackageTest):
    def test_manual(self):
        page = SHARE / "man/man1/refsan.1"
        if shutil.which("groff"):
            self.assertEqual(support.call(
                "groff", "-man", "-ww", "-z", "-Tutf8", page), "")
        text = page.read_text()
        for words in (".SS refsan run ", "\\fB\\-\\-suppressions\\fR",
                      "\\fBREFSAN_OPTIONS\\fR", "\\fBreport_limit\\fR",
                      ".SH EXIT STATUS"):
            self.assertIn(words, text)

    def bash(self, *words):
        script = COMPLETE.format(
            completion=SHARE / "bash-completion/completions/refsan",
            words=" ".join(map(repr, words)), current=words[-1],
            previous=words[-2])
        return support.call("bash", "-c", "compopt() { :; }\n" + script)

    def test_bash(self):
        self.assertEqual(self.bash("refsan", "do"), "doctor\n")
        self.assertEqual(self.bash("refsan", "run", "--sup"),
                         "--suppressions\n")
        self.assertEqual(self.bash("refsan", "run", "--option", "exitc"),
                         "exitcode=\n")
        self.assertEqual(self.bash("refsan", "explain", "slot"),
                         "slot-race\n")
        self.assertEqual(self.bash("refsan", "triage", "--format", "sa"),
                         "sarif\n")
        self.assertEqual(self.bash("refsan", "run", "--", "--fu"), "\n")

    @unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
    def test_zsh(self):
        support.call("zsh", "-n", SHARE / "zsh/site-functions/_refsan")

    @unittest.skipUnless(shutil.which("fish"), "there is no fish")
    def test_fish(self):
        completion = SHARE / "fish/vendor_completions.d/refsan.fish"
        said = support.call("fish", "--no-config", "-c", f"source {completion}"
                            "; complete -C 'refsan explain slot-'")
        self.assertIn("slot-race", said)


if __name__ == "__main__":
    unittest.main()

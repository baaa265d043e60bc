# SPDX-License-Identifier: MIT
"""The page of `refsan triage --format html`: what it is made of, and in a real
browser, how it is used. REFSAN_PICTURES names a folder for screenshots."""

import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

import browser
from support import ROOT, RefsanTest

SEEDS = ROOT / "tests/fuzz/seeds/triage"
# As it was when the finding was made: the program of today has other lines.
SOURCE = pathlib.Path("tests/bugs/decref-after-zero-two-threads.c")
LINE, CODE = 28, "Py_DecRef(seen);"
FINDINGS = (SEEDS / "findings.jsonl").read_text().splitlines()
HOSTILE = ("</script><script>window.hit = 1</script><img src=x "
           "onerror='window.hit = 2'><!--\"'&\u2028]]>")
MANY = 10_000
FRAMES = 60  # that are drawn while it is scrolled
PICTURES = os.environ.get("REFSAN_PICTURES")


class PageTest(RefsanTest):
    def page(self, *files):
        """Made in the root, so that sources are found."""
        path = self.folder / "page.html"
        done = subprocess.run(
            self.command("triage", "--format", "html", "-o", path, *files),
            env=self.environment, capture_output=True, text=True, cwd=ROOT,
            timeout=60)
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "", ""))
        return path

    def findings(self):
        """With the places where their sources are here."""
        path = self.folder / "findings.jsonl"
        source = self.folder / SOURCE.name
        source.write_text("    // not it\n" * (LINE - 1) + f"    {CODE}\n")
        path.write_text("\n".join(FINDINGS).replace(
            f"/src/refsan/{SOURCE}", str(source)).replace(
                "/src/refsan/", f"{ROOT}/"))
        return path

    def hostile(self):
        """A finding whose every word means harm."""
        def spoil(node):
            if isinstance(node, dict):
                return {key: HOSTILE if key in ("type", "function", "file",
                                                "name", "test", "summary",
                                                "hint", "suppress", "host")
                        else spoil(value) for key, value in node.items()}
            if isinstance(node, list):
                return list(map(spoil, node))
            return node

        finding = spoil(json.loads(FINDINGS[0]))
        path = self.folder / "hostile.jsonl"
        path.write_text(json.dumps({**finding, "test": HOSTILE}) + "\n"
                        + json.dumps({**finding, "kind": HOSTILE,
                                      "fingerprint": HOSTILE}))
        return path


class Source(PageTest):
    def test_policy(self):
        """Only the page's own script and style, by their hashes."""
        text = self.page(SEEDS / "findings.jsonl").read_text()
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"',
                           text)[1]
        self.assertTrue(policy.startswith("default-src 'none'; "))
        self.assertNotIn("unsafe", policy)
        for tag in "script", "style":
            [body] = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(body.encode()).digest())
            self.assertIn(f"{tag}-src 'sha256-{digest.decode()}'", policy)
        self.assertNotRegex(text, r"(?:src|href)=|https?://(?!www\.w3\.org)"
                                  r"[^\"]*\.(?:js|css)")

    def test_hostile_words_are_data(self):
        text = self.page(self.hostile()).read_text()
        self.assertNotIn("window.hit = 1</script>", text)
        self.assertEqual(text.count("</script>"), 2)
        self.assertNotIn("<img", text)
        data = re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1]
        self.assertNotRegex(data, "[<>&\u2028]")
        self.assertEqual(len(json.loads(data)["bugs"]), 2)


@unittest.skipUnless(browser.find(), "there is no Chromium")
class InBrowser(PageTest):
    def setUp(self):
        super().setUp()
        self.browser = browser.Browser(self.folder / "profile")
        self.addCleanup(self.browser.close)

    def show(self, *files):
        self.browser.open(self.page(*files))
        return self.browser

    def picture(self, name):
        if PICTURES:
            self.browser.picture(pathlib.Path(PICTURES) / f"{name}.png")

    def shown(self):
        return self.browser.run(
            "+document.querySelector('.summary').textContent"
            ".split(' ')[0]")

    def title(self):
        return self.browser.text("main h2")

    def test_use(self):
        """Keys, a search, filters, clicks, and both themes."""
        page = self.show(self.findings(), *SEEDS.glob("*.log"))
        whole = self.shown()
        self.assertGreater(whole, 10)
        self.assertEqual(self.title(), "Overview")
        self.picture("overview")
        page.key("ArrowDown")
        first = self.title()
        page.key("j", "j")
        self.assertNotEqual(page.text('.row[aria-selected="true"]'), "")
        page.key("Home")
        self.assertEqual(self.title(), first)
        self.look_at_bug()
        page.key("/", "/")
        page.type("race")
        page.until("document.querySelector('.summary').textContent"
                   f".split(' ')[0] < {whole}")
        for words in page.run("[...document.querySelectorAll('.row')]"
                              ".map(row => row.textContent)"):
            self.assertIn("race", words)
        page.key("Escape")
        page.click(".row")
        self.assertNotEqual(self.title(), "Overview")
        page.click("#overview")
        self.assertEqual(self.title(), "Overview")
        self.filter_by_each()
        self.change_themes()
        self.assertEqual(page.complaints(), [])

    def look_at_bug(self):
        """Two stacks side by side, and the lanes of two threads."""
        page = self.browser
        page.run("[...document.querySelectorAll('.row')].find(row => "
                 "row.textContent.includes('empty')).click()")
        tops = page.run("[...document.querySelectorAll('.stack')].slice(0, 2)"
                        ".map(own => own.getBoundingClientRect().top)")
        self.assertEqual(tops[0], tops[1])
        self.assertGreaterEqual(page.run(
            "document.querySelectorAll('.lanes line').length"), 2)
        self.assertEqual(page.run(
            "document.querySelectorAll('.dot.finding').length"), 1)
        self.assertIn(CODE, page.text("pre .hit"))
        self.picture("bug")

    def filter_by_each(self):
        page = self.browser
        page.run("document.getElementById('search').value = '';"
                 "document.getElementById('search').oninput()")
        page.until("document.querySelector('.summary').textContent"
                   ".split(' ')[0] > 10")
        whole = self.shown()
        for name in "kind", "module", "thread":
            page.run(f"(box => {{ box.value = box.options[1].value; "
                     f"box.onchange(); }})(document.getElementById('{name}'))")
            self.assertLess(self.shown(), whole)
            self.assertGreater(self.shown(), 0)
            page.run(f"(box => {{ box.value = ''; box.onchange(); }})"
                     f"(document.getElementById('{name}'))")
        self.assertEqual(self.shown(), whole)

    def change_themes(self):
        page = self.browser
        colour = "getComputedStyle(document.body).backgroundColor"
        page.theme("light")
        light = page.run(colour)
        page.theme("dark")
        dark = page.run(colour)
        self.assertNotEqual(light, dark)
        self.picture("dark")
        page.click("#theme")
        self.assertEqual(page.run(colour), light)
        page.click("#theme")
        self.assertEqual(page.run(colour), dark)

    def test_hostile_words(self):
        page = self.show(self.hostile())
        for key in "ArrowDown", "ArrowDown":
            page.key(key)
            self.assertIn("<img src=x", page.text("main"))
        self.assertIsNone(page.run("window.hit"))
        self.assertEqual(page.run("document.querySelectorAll('img').length"),
                         0)
        self.assertEqual(page.complaints(), [])

    def test_ten_thousand(self):
        """Only the rows in sight are elements, however far it is scrolled."""
        path = self.folder / "many.jsonl"
        finding = json.loads(FINDINGS[0])
        with open(path, "w") as file:
            for number in range(MANY):
                finding["fingerprint"] = f"{number:016x}"
                finding["test"] = f"test_{number}"
                file.write(json.dumps(finding) + "\n")
        page = self.show(path)
        self.assertEqual(self.shown(), MANY)
        most = page.run(
            "new Promise(done => { const list = document.getElementById("
            f"'list'); let left = {FRAMES}, last = performance.now(), "
            "most = 0; const step = now => { most = Math.max(most, "
            "document.querySelectorAll('.row').length); list.scrollTop += "
            "9000; if (left--) requestAnimationFrame(step); else "
            "done(most); }; requestAnimationFrame(step); })")
        self.assertLess(most, 60)
        page.key("End")
        self.assertEqual(page.run(
            "document.querySelector('.row[aria-selected=\"true\"]')"
            ".getAttribute('aria-posinset')"), str(MANY))
        page.key("/", "/")
        page.type("test_9876")
        page.until("document.querySelector('.summary').textContent"
                   ".startsWith('1 of')")
        self.assertEqual(page.complaints(), [])
        self.picture("many")


if __name__ == "__main__":
    program = unittest.main(exit=False)
    if program.result.skipped and program.result.wasSuccessful():
        print("there is no Chromium: the page was not opened")
        sys.exit(77)
    sys.exit(not program.result.wasSuccessful())

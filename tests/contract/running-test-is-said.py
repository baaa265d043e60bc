# SPDX-License-Identifier: MIT
"""A finding names the test that ran: of pytest by its variable, which comes
and goes while threads run; of unittest and plain functions by the stack."""

import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent
                       / "options"))
import support  # noqa: E402
from support import FOLDER, check  # noqa: E402

BEGIN = "import os, threading, unittest\n"
PYTEST = BEGIN + """
os.environ["PYTEST_XDIST_WORKER"] = "gw3"
def during(test):
    os.environ["PYTEST_CURRENT_TEST"] = test
    {act}
for number in range(3000):  # the list of variables moves
    os.environ[f"FILLER_{{number}}"] = "x" * number
during(TEST)
"""
HERE, THREAD, CHILD = "demo.detached([])", """
    thread = threading.Thread(target=demo.detached, args=([],))
    thread.start(); thread.join()
""", """
    if not os.fork():
        demo.detached([]); os._exit(0)
    os.wait()
"""
NODE = "tests/test_row.py::test_error[a b\\n]"


def find(code):
    path = FOLDER / "findings"
    path.unlink(missing_ok=True)
    done = support.preloaded(code, jsonl_path=path)
    findings = [json.loads(line) for line in path.read_text().splitlines()]
    check(len(findings) == 1, done)
    finding = findings[0]
    check(finding["test"] is None or f"  test    {finding['test']}"
          in done.stderr, done)
    return (finding["test"], finding["worker"],
            finding.get("test_in_other_thread", False))


def pytest(act, phase="call"):
    return find(PYTEST.format(act=act).replace(
        "TEST)", f"{NODE + ' (' + phase + ')'!r})", 1))


ESCAPED = NODE.replace("\\", "\\\\")
for act, is_other in (HERE, False), (THREAD, True), (CHILD, False):
    said = pytest(act)
    check(said == (ESCAPED, "gw3", is_other), said)
said = pytest(HERE, "teardown")
check(said[0] == ESCAPED + " (teardown)", said)

# Not any more, and never.
said = find(PYTEST.format(act="del os.environ['PYTEST_CURRENT_TEST']; "
                          + HERE).replace("TEST)", "'gone')", 1))
check(said == (None, "gw3", False), said)
check(find("demo.detached([])") == (None, None, False))

said = find(BEGIN + "os.environ['REFSAN_TEST'] = 'rows.parse'\n"
            "demo.detached([])")
check(said[0] == "rows.parse", said)

# The frame that unittest called, whatever it is named; inner ones are not it.
program = f"{FOLDER}/program.py"
said = find(BEGIN + """
def test_data():
    demo.refused()
class Rows(unittest.TestCase):
    def runTest(self):
        test_data()
unittest.TextTestRunner(open(os.devnull, "w")).run(Rows())
""")
check(said[0] == f"{program}::Rows.runTest", said)
said = find("""
def test_row():
    def test_inner():
        demo.refused()
    test_inner()
test_row()
""")
check(said[0] == f"{program}::test_row", said)

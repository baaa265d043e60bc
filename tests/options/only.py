# SPDX-License-Identifier: MIT
"""only: what other packages do wrong is in the JSON, and counted as silenced;
it is not printed, and does not turn the exit status."""

import json
import shutil

import support
from support import FOLDER, check

CODE = "demo.detached([]); demo.refused()"
JSONL = FOLDER / "findings"
JSONL.unlink(missing_ok=True)  # of a run that failed


def findings():
    found = [json.loads(line) for line in JSONL.read_text().splitlines()]
    JSONL.unlink()
    return [finding.get("elsewhere") for finding in found]


for run in support.preloaded, support.watched:
    for only in "demo", "other,demo", "other demo":
        done = run(CODE, only=only, jsonl_path=JSONL)
        check(done.returncode == 66 and "refop-detached" in done.stderr, done)
        check("1 error, 1 warning" in done.stderr, done)
        check(findings() == [None, None], done)
    for only in "other", "dem", "demo.part", "other,emo":
        done = run(CODE, only=only, jsonl_path=JSONL)
        check(done.returncode == 0 and "refop-detached" not in done.stderr,
              done)
        check("0 errors, 0 warnings, 2 silenced" in done.stderr, done)
        check(findings() == [True, True], done)

# The command says where they are.
done = support.watched(CODE, only="other")
check("refsan: not of other, and not printed: 2 findings: 2 in demo\n"
      in done.stderr, done)

# A file that is installed is of the package below site-packages alone.
place = FOLDER / "demo/lib/site-packages/pack"
place.mkdir(parents=True, exist_ok=True)
shutil.copy(FOLDER / "demo.so", place)
for only, status in ("pack", 66), ("pack.demo", 66), ("demo", 0):
    done = support.preloaded(
        f"import sys; sys.path.insert(0, {str(place.parent)!r})\n"
        "del sys.modules['demo']\n"
        "from pack import demo\n" + CODE, only=only)
    check(done.returncode == status, done)

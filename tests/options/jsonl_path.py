# SPDX-License-Identifier: MIT
"""jsonl_path: each finding is appended as one line of JSON, besides the
report."""

import json

import support
from support import FOLDER, check

CODE = "demo.detached([]); demo.refused()"

for run in support.preloaded, support.watched:
    path = FOLDER / "findings"
    done = run(CODE, jsonl_path=path)
    check(done.returncode == 66, done)
    check("refsan: refop-detached:" in done.stderr, done)
    findings = [json.loads(line) for line in path.read_text().splitlines()]
    path.unlink()
    check([finding["kind"] for finding in findings]
          == ["refop-detached", "immortalize-string"], findings)
    check([finding["severity"] for finding in findings]
          == ["error", "warning"], findings)
    check(all(finding["schema"] == 1 for finding in findings))
    act = findings[1]["stacks"][0]
    check(act["frames"][0]["function"] == "refused", act)
    check(act["python"][0]["line"] == 2, act)
    is_symbolized = act["frames"][0]["file"] is not None
    check(is_symbolized == (run is support.watched), act)

done = support.preloaded(CODE, jsonl_path=f"{FOLDER}/%p.%%")
path, = FOLDER.glob("[0-9]*.%")
path.unlink()

# SPDX-License-Identifier: MIT
"""log_path: reports go to a file of that name; stderr hears of it only when
the file cannot be written."""

import support
from support import FOLDER, check

CODE = "import os; os.chdir('/'); demo.detached([])"
TITLE = "refsan: refop-detached:"


def log_of(pattern):
    log, = FOLDER.glob(pattern)
    text = log.read_text()
    log.unlink()
    return text


# .%p is added; a relative path is relative to where the program began.
done = support.preloaded(CODE, cwd=FOLDER, log_path="log")
check(done.stderr == "" and done.returncode == 66, done)
check(log_of("log.[0-9]*").startswith(TITLE))

done = support.preloaded(CODE, log_path=f"{FOLDER}/%e-%p-%t")
check(done.stderr == "", done)
check(log_of("python3*-*-*[0-9]").startswith(TITLE))

done = support.preloaded(CODE, log_path="/no/such/folder/log")
check(done.stderr.count("cannot write to '/no/such/folder/log.%p'") == 1, done)
check(TITLE in done.stderr, done)
check("reports that could not be written where log_path said" in done.stderr,
      done)

done = support.watched(CODE, log_path=f"{FOLDER}/run")
check(TITLE not in done.stderr, done)
check(log_of("run.[0-9]*").startswith(TITLE))

# SPDX-License-Identifier: MIT
"""A process that changed its root or its user still reports to `refsan run`,
and its errors are the exit status. Only root can do either."""

import tempfile
import unittest

import hosts
from hosts import ERROR, FaultTest

hosts.need_root()
NOBODY = 65534


class Changed(FaultTest):
    def test_root(self):
        """An empty one: no /proc, no temporary folder."""
        with tempfile.TemporaryDirectory() as empty:
            done = self.run_it(f"import os\nos.chroot({empty!r})\n"
                               "os.chdir('/')\n" + ERROR)
        self.said(done)
        self.assertIn("1 error, 0 warnings in 1 process", done.stderr)

    def test_user(self):
        done = self.run_it(f"import os\nos.setgid({NOBODY})\n"
                           f"os.setuid({NOBODY})\n" + ERROR)
        self.said(done)
        self.assertIn("1 error, 0 warnings in 1 process", done.stderr)

    def test_user_without_descriptors(self):
        """It cannot find the channel again, and is its own witness."""
        done = self.run_it(f"import os\nos.setuid({NOBODY})\n"
                           "os.closerange(3, 5000)\n" + ERROR)
        self.assertIn("could not be sent to refsan run", self.said(done))

    def test_a_child_without_descriptors(self):
        """The status of `refsan run`, whose own child knows nothing of it."""
        done = self.run_it(f"import os\nif os.fork() == 0:\n"
                           f"    os.setuid({NOBODY})\n"
                           f"    os.closerange(3, 5000)\n    {ERROR}"
                           "else:\n    os.wait()\n")
        self.assertIn("1 report of 1 process did not arrive", self.said(done))

    def test_a_log_in_the_old_root(self):
        with tempfile.TemporaryDirectory() as empty:
            done = self.run_it(
                f"import os\nos.chroot({empty!r})\n" + ERROR, command=None,
                options={"log_path": "/a folder that is not/log"})
        self.said(done)


if __name__ == "__main__":
    unittest.main()

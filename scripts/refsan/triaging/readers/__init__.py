# SPDX-License-Identifier: MIT
"""What is read: findings.py of refsan, the others of other tools' logs.
stream.py hands out the lines of a file among them."""

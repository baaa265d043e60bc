# SPDX-License-Identifier: MIT
"""The command refsan. Python 3.11 or later, standard library alone."""

VERSION = "0.1.0"

# SPDX-License-Identifier: MIT
"""The commands. add_parser() adds one to the parser of refsan/main.py, with
the function that runs it and returns the exit status."""

# SPDX-License-Identifier: MIT
"""Starts the command of `refsan run`. What is imported here is imported before
the program starts: no more than it takes."""

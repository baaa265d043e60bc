# SPDX-License-Identifier: MIT
"""refsan: a sanitizer for CPython reference counting.

For programs, where `refsan run` runs them (program.py): is_active(),
findings(), allow().

The command: Python 3.9 or later, standard library alone.

  commands/     one module per command, each with add_parser()
  starting/     the start of the command that is watched
  listening/    what watched processes say, and what is made of it
  symbolizing/  files and lines for addresses
"""

__all__ = ["allow", "findings", "is_active"]


def __getattr__(name):
    """By need: the command does without."""
    if name in __all__:
        from . import program
        return getattr(program, name)
    raise AttributeError(f"module {__name__} has no attribute {name}")

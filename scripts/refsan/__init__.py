# SPDX-License-Identifier: MIT
"""The command refsan. Python 3.11 or later, standard library alone.

  commands/     one module per command, each with add_parser()
  starting/     the start of the command that is watched
  listening/    what watched processes say, and what is made of it
  symbolizing/  files and lines for addresses
"""

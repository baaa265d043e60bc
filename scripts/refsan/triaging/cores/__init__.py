# SPDX-License-Identifier: MIT
"""What a core file says of the crash that left it: refsan's shadow and rings
are in it, and so is the interpreter. explain.py is the way through: a core
(elf_core.py) with the modules that were loaded (modules.py), refsan's note in
it (note.py), what it leads to (depots.py, rings.py, shadow.py), the
interpreter's own memory (interpreter.py), the stacks of all threads
(unwinding.py); and from all that a finding, as the process itself would have
made it (clues.py, lives.py, finding.py, places.py)."""

# SPDX-License-Identifier: MIT
"""What a core file says of the crash that left it: refsan's shadow and rings
are in it, and so is the interpreter. explain.py is the way through: a core
(opening.py, elf_core.py) with the modules that were loaded (modules.py);
refsan's note in it (note.py) and what it leads to (depots.py, rings.py,
shadow.py); the interpreter (interpreter.py, headers.py, python_frames.py); the
stacks of all threads (unwinding.py, cfi.py, dwarf.py). Of all that a finding
is made as the process itself would have made it (clues.py, lives.py, finding.py,
running_test.py), by the same names (places.py, native_names.py), and written
as the same JSON (record.py)."""

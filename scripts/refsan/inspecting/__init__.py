# SPDX-License-Identifier: MIT
"""What an installed package is made of, and what refsan can see of it: its
files (elf_file.py, extension.py), the interpreter's answers (package.py), and
the words of `refsan doctor -m` (words.py)."""

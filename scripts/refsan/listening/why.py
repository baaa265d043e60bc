# SPDX-License-Identifier: MIT
"""Why nothing was watched, as far as files and processes tell."""

import os
import shutil
import stat

from ..symbolizing import elf


def interpreter_of(path):
    """The program that runs a script, or the program itself."""
    try:
        with open(path, "rb") as file:
            head = file.readline(256)
    except OSError:
        return path
    words = head[2:].split()
    if not head.startswith(b"#!") or not words:
        return path
    if os.path.basename(words[0]) == b"env" and len(words) > 1:
        words = [word for word in words[1:] if not word.startswith(b"-")]
    found = shutil.which(os.fsdecode(words[0])) if words else None
    return found or path


def of_program(path):
    """A reason that the file itself shows, or None."""
    name = os.path.basename(path)
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return None
    if mode & (stat.S_ISUID | stat.S_ISGID):
        return f"{name} is set-uid, and the loader preloads nothing there"
    is_static = elf.is_static(path)
    if is_static is None:
        return f"{name} is no 64-bit ELF program of this machine"
    if is_static:
        return f"{name} is statically linked, and has no loader to preload"
    return None


def nothing_was_watched(command, processes):
    """One sentence."""
    spoken = [process for process in processes.values() if process.exe]
    refusals = [process.refusal for process in spoken if process.refusal]
    if refusals:
        return refusals[0]
    if spoken:
        names = sorted({os.path.basename(process.exe) for process in spoken})
        names[3:] = ["..."] if len(names) > 3 else []
        return f"no Python ran in {', '.join(names)}"
    path = interpreter_of(shutil.which(command[0]) or command[0])
    return of_program(path) or (f"{os.path.basename(path)} ended before "
                                "refsan could say a word")

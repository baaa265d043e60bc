# SPDX-License-Identifier: MIT
"""LD_PRELOAD with librefsan.so in it."""

import os

# libasan.so.8, libclang_rt.asan-x86_64.so
MUST_BE_FIRST = r"lib(clang_rt\.)?(a|hwa|l)san[.\-_]"


def preload(library, present):
    """LD_PRELOAD with our library first, but for AddressSanitizer's runtime,
    which insists on being that. Its path cannot have spaces or colons; a link
    to it can do without."""
    if any(mark in library for mark in " :"):
        library = link_to(library)
    if not present:
        return library
    import re
    others = [path for path in re.split("[ :]+", present) if path]
    first = [path for path in others
             if re.match(MUST_BE_FIRST, os.path.basename(path))]
    rest = [path for path in others if path not in first]
    return ":".join([*first, library, *rest])


def link_to(library):
    """The link stays: processes that outlive us load by its path, so nobody
    else may ever make a folder at its place."""
    import hashlib
    name = hashlib.sha256(os.fsencode(library)).hexdigest()[:16]
    for base in (os.environ.get("XDG_RUNTIME_DIR"),
                 os.path.expanduser("~/.cache")):
        folder = base and os.path.join(base, "refsan", name)
        if not folder or not folder.startswith("/") or any(
                mark in folder for mark in " :"):
            continue
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            status = os.lstat(folder)
        except OSError:
            continue
        if status.st_uid == os.geteuid() and not status.st_mode & 0o022:
            break
    else:
        import tempfile
        folder = tempfile.mkdtemp(prefix="refsan-")
    link = os.path.join(folder, os.path.basename(library))
    try:
        os.symlink(library, link)
    except FileExistsError:
        pass
    return link

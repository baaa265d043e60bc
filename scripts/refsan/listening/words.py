# SPDX-License-Identifier: MIT
"""Words of the last lines."""


def counted(count, noun, plural="s"):
    return f"{count} {noun}{'' if count == 1 else plural}"

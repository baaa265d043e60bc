# SPDX-License-Identifier: MIT
"""What a record of the channel must look like to be taken. The watched program
can write there, too, and what it breaks must not be the end of `refsan run`."""

import re

SUPPRESSIONS = re.compile(  # the last may be cut
    r"(\d{1,18} .*\n)*(\d{1,18}( .*)?)?")


class Damaged(ValueError):
    """The record is not taken."""


def need(record, **kinds):
    """The values of these fields, each of its kind."""
    for name, kind in kinds.items():
        if not isinstance(record.get(name), kind):
            raise Damaged(f"{name} is missing, or not of its kind")
    return [record[name] for name in kinds]


def check_said(said):
    """What a process says of itself (listener.Process)."""
    if not all(isinstance(count, int)
               for count in said.get("lost", {}).values()):
        raise Damaged("lost has what is no number")
    for row in said.get("findings", []):
        need(row if isinstance(row, dict) else {}, fingerprint=str, kind=str,
             count=int)
    if not SUPPRESSIONS.fullmatch(said.get("suppressions", "")):
        raise Damaged("suppressions are not lines of a number and a rule")

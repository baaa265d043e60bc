# SPDX-License-Identifier: MIT
"""docs/triage.schema.json."""

import json

from ... import tables
from ..views import SCHEMA


def write(views, inputs, out, _):
    """A bug a line, so that a long file can be read in pieces."""
    head = {"schema": SCHEMA, "refsan": tables.version(),
            "inputs": [input_json(source) for source in inputs]}
    out.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "bugs": [')
    for number, view in enumerate(views):
        out.write((",\n" if number else "\n")
                  + json.dumps({**view, "report": view["report"]},
                               ensure_ascii=False))
    out.write("\n]}\n")


def input_json(source):
    return {"name": source.name, "lines": source.lines,
            "reports": source.reports, "formats": source.formats,
            "problems": [{"words": words, "count": count}
                         for words, count in source.problems.items()]}

# SPDX-License-Identifier: MIT
"""What is written of bugs. A module has write(views, inputs, out, options);
WRITERS says which."""

import importlib

WRITERS = {"text": "text", "json": "as_json", "sarif": "sarif",
           "junit": "junit", "github": "github", "casrep": "casrep",
           "markdown": "markdown", "html": "html"}


def writer(name):
    return importlib.import_module(f".{WRITERS[name]}", __package__)

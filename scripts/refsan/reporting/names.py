# SPDX-License-Identifier: MIT
"""Names of functions as their authors would say them: without parameters,
template arguments, and what compilers and binding generators add."""

import re

from . import rust

LONGEST = 48
ARGUMENTS = 12  # characters of template arguments that are kept
# What GCC and Clang add to copies of a function.
COPY = re.compile(r"(?: \[clone [^\]]*\]| \(\.[\w.]+\)|\.(?:constprop|isra|part"
                  r"|cold|lto_priv|llvm|localalias|__uniq)(?:\.\d+)*)+$")
# Frames of binding libraries, mangled or not.
BINDINGS = [
    (re.compile(r"(?:^|\W)pybind11::|^_ZN[KRO]*8pybind11"), "pybind11"),
    (re.compile(r"(?:^|\W)nanobind::|^_ZN[KRO]*8nanobind|^nb_(?:func|type|inst)_"),
     "nanobind"),
    (re.compile(r"(?:^|\W)pyo3::|^_ZN4pyo3"), "PyO3"),
]
CYTHON = re.compile(r"__pyx_(?:fuse_\d+)?(?P<sort>pw|pf|f|gb|tp_[a-z]+)_"
                    r"(?P<path>\d*\w+)")
CYTHON_MODULE = re.compile(r"__pyx_pymod_exec_(\w+)|__pyx_pymod_exec")
PYO3 = re.compile(r"(?:^|::)__py(?:function|method|methods)_(\w+?)_*$")
LAMBDA = re.compile(r"\{lambda\([^{}]*\)#(\d+)\}")


def short(name):
    """For any name, escaped or not; never longer than LONGEST."""
    name = COPY.sub("", name)
    return _cut(_cython(name) or _pyo3(name) or _rust(name) or _cpp(name))


def binding(name):
    """The library of a function that is one's own: pybind11, PyO3; or
    None. Its arguments are the user's, and its result may be."""
    bare = _without_parameters(_without_arguments(COPY.sub("", name), 0))
    bare = bare if "operator" in bare else bare.rpartition(" ")[2]
    return next((library for pattern, library in BINDINGS
                 if pattern.search(bare)), None)


def _cut(name):
    return name if len(name) <= LONGEST else name[:LONGEST - 1] + "…"


def _cython(name):
    """__pyx_pw_3pkg_3mod_5Class_7method -> Class.method; the folders and the
    module stay away, as far as they begin with a small letter."""
    module = CYTHON_MODULE.match(name)
    if module:
        return f"set-up of module {module[1] or ''}".strip()
    match = CYTHON.match(name)
    if not match:
        return None
    scopes, rest = [], match["path"]
    while (size := re.match(r"(\d+)(?=[A-Za-z_])", rest)):
        end = size.end() + int(size[1])
        if rest[end:end + 1] != "_":
            break
        scopes.append(rest[size.end():end])
        rest = rest[end + 1:]
    own = re.sub(r"^\d+", "", rest) or rest
    if match["sort"].startswith("tp_"):
        return f"{match['sort'][3:]} of {own}"
    return ".".join([scope for scope in scopes if scope[:1].isupper()]
                    + [own])


def _pyo3(name):
    own = PYO3.search(rust.path(name) or name)
    return own and own[1]


def _rust(name):
    """The last two parts of a path, without its hash."""
    path = rust.path(name)
    return path and "::".join(path.split("::")[-2:])


def _cpp(name):
    name = LAMBDA.sub(r"{lambda \1}", name)
    name = name.replace("(anonymous namespace)::", "")
    return _last_scopes(_without_parameters(
        _without_arguments(name, ARGUMENTS)))


def _without_arguments(name, longest):
    """vector<a, b<c>>::f -> vector<>::f, unless they are short. Operators that
    are made of brackets stay."""
    out, depth, start = [], 0, 0
    name = re.sub(r"operator(<=>|<<=?|>>=?|->\*?|<=?|>=?)(?= ?\(|$| <)",
                  lambda match: "operator" + match[1].replace(
                      "<", "\x01").replace(">", "\x02"), name)
    for at, char in enumerate(name):
        if char == "<":
            start = start if depth else at
            depth += 1
        elif char == ">" and depth:
            depth -= 1
            if not depth:
                inner = name[start + 1:at]
                out.append(f"<{inner}>" if 0 < len(inner) <= longest and "(" not in inner
                           else "<…>" if longest else "")
        elif not depth:
            out.append(char)
    if depth:
        out.append("<…>")
    return "".join(out).replace("\x01", "<").replace("\x02", ">")


def _without_parameters(name):
    """f(int) const -> f; operator()(int) -> operator()."""
    out, depth = [], 0
    safe = name.replace("operator()", "operator\x01")
    for char in safe:
        depth += char == "("
        if not depth:
            out.append(char)
        depth -= char == ")" and depth > 0
    words = "".join(out).replace("\x01", "()").strip()
    words = re.sub(r"( const| volatile| &&?|\[abi:\w+\])+$", "", words)
    return words or name


def _last_scopes(name):
    """Not the return type of a template, and of a::b::c the last two."""
    if "operator" not in name and "{" not in name:
        name = name.rpartition(" ")[2]
    parts = re.split(r"::(?![^<]*>)", name)
    if parts == ["operator()"]:
        return "lambda"  # of an inlined one debug information says no more
    if parts[-1:] in (["operator()"], ["_FUN"]) and "{lambda" in name:
        parts.pop()
    if parts[-1].startswith("{lambda") and len(parts) > 1:
        return f"lambda {parts[-1][8:-1]} in {parts[-2].rpartition(' ')[2]}"
    return "::".join(parts[-2:])

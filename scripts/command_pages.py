#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the manual page and the shells' completions from what the command line
says of itself, into FOLDER as an installation has them below share/.

  command_pages.py FOLDER     the build calls it, with REFSAN_TABLES set
"""

import argparse
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from refsan import main, parser, tables  # noqa: E402

# What follows these options, where it is no file.
VALUES = {"--option": lambda: [f"{option.name}=" for option
                               in tables.options()]}
POSITIONALS = {"explain": lambda: [kind.slug for kind in tables.bugs()]}
# A command line, or the compiler's: the shell completes it as such.
COMMAND_LINES = "run", "cc", "c++", "doctor"


def subparsers():
    """{command: its parser}, and the parser of all."""
    top = parser.make_parser(main.modules_for([]))
    action, = (action for action in top._actions
               if isinstance(action, argparse._SubParsersAction))
    helps = {choice.dest: choice.help for choice in action._choices_actions}
    return top, action.choices, helps


def options_of(command):
    """(names, metavar or None, choices, help) of each."""
    for action in command._actions:
        if not action.option_strings:
            continue
        takes = action.nargs != 0
        metavar = (action.metavar or action.dest.upper()) if takes else None
        yield (action.option_strings, metavar, list(action.choices or []),
               re.sub(r"\s+", " ", (action.help or "") % vars(action)))


# ---- The manual page ---------------------------------------------------


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def paragraphs(text):
    return "\n.PP\n".join(escape(re.sub(r"\s+", " ", part.strip()))
                          for part in text.split("\n\n") if part.strip())


def man_option(names, metavar, help):
    head = ", ".join(f"\\fB{escape(name)}\\fR" for name in names)
    if metavar:
        head += f" \\fI{escape(metavar)}\\fR"
    return f".TP\n{head}\n{escape(help)}"


def man_command(name, command):
    usage = re.sub(r"\s+", " ", command.format_usage().partition(": ")[2])
    yield f".SS {escape(usage.strip())}"
    yield paragraphs(command.description or "")
    for names, metavar, choices, help in options_of(command):
        if "--help" not in names:
            yield man_option(names, metavar if not choices
                             else "|".join(choices), help)
    if command.epilog:
        yield ".PP\n" + paragraphs(command.epilog)


def man_environment(epilog):
    for line in epilog.splitlines():
        found = re.fullmatch(r"([A-Z_]+(?:, [A-Z_]+)*) {2,}(.*)|"
                             r"([A-Z_]+) (.*)", line.strip())
        if found:
            yield (f".TP\n\\fB{escape(found[1] or found[3])}\\fR\n"
                   f"{escape(found[2] or found[4])}")


def man(top, commands, helps):
    status, _, environment = top.epilog.partition("\n\n")
    lines = [f'.TH REFSAN 1 "" "refsan {tables.version()}" "refsan"',
             ".SH NAME",
             "refsan \\- a sanitizer for CPython reference counting",
             ".SH SYNOPSIS",
             "\\fBrefsan\\fR \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]",
             ".SH DESCRIPTION", paragraphs(top.description), ".SH COMMANDS"]
    for name, command in commands.items():
        lines += man_command(name, command)
    lines += [".SH RUNTIME OPTIONS",
              "For \\fBrefsan run \\-\\-option\\fR and REFSAN_OPTIONS, as "
              "\\fIname=value:name=value\\fR."]
    lines += [f".TP\n\\fB{escape(option.name)}\\fR\n{escape(option.help)}"
              for option in tables.options()]
    lines += [".SH EXIT STATUS", paragraphs(status.partition(": ")[2]),
              ".SH ENVIRONMENT", *man_environment(environment),
              ".SH SEE ALSO", "\\fBpython3\\fR(1), \\fBpytest\\fR(1), "
              "\\fBllvm\\-symbolizer\\fR(1)"]
    return "\n".join(line for line in lines if line) + "\n"


# ---- Completions -------------------------------------------------------


def values(name, choices):
    return choices or VALUES.get(name, list)()


def bash(top, commands, helps):
    cases, follows = [], []
    for name, command in commands.items():
        names = [word for words, *_ in options_of(command) for word in words]
        names += POSITIONALS.get(name, list)()
        cases.append(f"    {name}) words='{' '.join(names)}' ;;")
        for words, _, choices, _ in options_of(command):
            for word in words:
                found = values(word, choices)
                if found:
                    follows.append(f"    {name}:{word}) words='"
                                   f"{' '.join(found)}' ;;")
    return f"""\
# bash completion of refsan, made from its command line.
_refsan() {{
    local current=$2 previous=$3 command=${{COMP_WORDS[1]}} words= at
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        words='{' '.join([*commands, '--help', '--version'])}'
        COMPREPLY=($(compgen -W "$words" -- "$current"))
        return
    fi
    for ((at = 2; at < COMP_CWORD; at++)); do
        [ "${{COMP_WORDS[at]}}" != -- ] || return
    done
    case $command:$previous in
{chr(10).join(follows)}
    *) case $command in
{chr(10).join(cases)}
    esac ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [[ ${{COMPREPLY-}} != *= ]] || compopt -o nospace
}}
complete -o bashdefault -o default -F _refsan refsan
"""


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def zsh_text(text):
    return re.sub(r"([\[\]:])", r"\\\1", text)


def zsh(top, commands, helps):
    lines = ["#compdef refsan",
             "# zsh completion of refsan, made from its command line.",
             "_refsan() {", "  local context state line", "  local -a commands",
             "  commands=("]
    lines += [f"    {quoted(zsh_text(name) + ':' + helps[name])}"
              for name in commands]
    lines += ["  )", "  if (( CURRENT == 2 )); then",
              "    _describe command commands", "    return", "  fi",
              "  case $words[2] in"]
    for name, command in commands.items():
        lines.append(f"  {name}) _arguments \\")
        for words, metavar, choices, help in options_of(command):
            for word in words:
                spec = f"{word}[{zsh_text(help)}]"
                if metavar:
                    found = values(word, choices)
                    spec += f":{metavar}:" + (
                        f"({' '.join(found)})" if found else "_files")
                lines.append(f"    {quoted(spec)} \\")
        kinds = POSITIONALS.get(name, list)()
        rest = (f"*:kind:({' '.join(kinds)})" if kinds else "*::command:_normal"
                if name in COMMAND_LINES else "*:file:_files")
        lines.append(f"    {quoted(rest)} ;;")
    lines += ["  esac", "}", '_refsan "$@"']
    return "\n".join(lines) + "\n"


def fish(top, commands, helps):
    lines = ["# fish completion of refsan, made from its command line."]
    for name in commands:
        lines.append("complete -c refsan -n __fish_use_subcommand -f "
                     f"-a {quoted(name)} -d {quoted(helps[name])}")
    for name, command in commands.items():
        when = f"-n '__fish_seen_subcommand_from {name}'"
        for words, metavar, choices, help in options_of(command):
            forms = " ".join(f"-l {word[2:]}" if word.startswith("--")
                             else f"-s {word[1:]}" for word in words)
            found = [word for name_ in words for word in values(name_, choices)]
            argument = (f" -x -a {quoted(' '.join(found))}" if found
                        else " -r" if metavar else "")
            lines.append(f"complete -c refsan {when} {forms}{argument} "
                         f"-d {quoted(help)}")
        for kind in POSITIONALS.get(name, list)():
            lines.append(f"complete -c refsan {when} -f -a {kind}")
        if name in COMMAND_LINES:
            lines.append(f"complete -c refsan {when} -x "
                         "-a '(__fish_complete_subcommand)'")
    return "\n".join(lines) + "\n"


PAGES = {"man/man1/refsan.1": man,
         "bash-completion/completions/refsan": bash,
         "zsh/site-functions/_refsan": zsh,
         "fish/vendor_completions.d/refsan.fish": fish}


def write(folder):
    described = subparsers()
    for name, make in PAGES.items():
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(*described), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(sys.argv[1])

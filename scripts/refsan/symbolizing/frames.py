# SPDX-License-Identifier: MIT
"""Puts files and lines into reports: text, line by line, and JSON findings.

A frame that is done has the module's name without its path, so that it is not
done again. Instrumented code says its places itself."""

import os
import re

from .. import foreign

FRAME = re.compile(
    r"(?P<indent>\s+)#(?P<number>\d+) (?P<address>0x[0-9a-f]+)"
    r"(?: in (?P<function>\S+)(?: (?P<file>.+):(?P<line>\d+))?)?"
    r" \((?P<module>/.*)\+(?P<offset>0x[0-9a-f]+)\)"
    r"(?: \(BuildId: (?P<build_id>[0-9a-f]+)\))?\s*$")
NUMBER = re.compile(r"(\s+#)\d+( .*)$")
SITE = re.compile(
    r"(?: in (?P<function>\S+)(?: (?P<file>\S.*):(?P<line>\d+))?)?"
    r" \((?P<module>/[^()]*)\+(?P<offset>0x[0-9a-f]+)\)$")


class Frames:
    def __init__(self, symbolizer, prefix=""):
        self.symbolizer = symbolizer
        self.prefix = prefix

    def _find_of(self, match, build_id=None):
        """The places of a line that FRAME or SITE matches."""
        offset = int(match["offset"], 16)
        if match["file"]:
            own = match["function"], match["file"], match["line"]
            return [own, *self._callers(own, match["module"], offset,
                                        build_id)]
        return self._find(match["module"], offset, build_id)

    def _callers(self, own, module, offset, build_id):
        """Where the function of a place that names itself was inlined: what
        the symbolizer says of the same address, behind that place."""
        found = self._find(module, offset, build_id)
        for is_same in (_is_line, _is_function):
            for at, place in enumerate(found):
                if is_same(own, place):
                    return found[at + 1:]
        return []

    def _find(self, module, offset, build_id=None):
        """In the words of a report: escaped, which modules are already."""
        return [(function and foreign.word(function),
                 file and foreign.word(file.removeprefix(self.prefix)), line)
                for function, file, line in self.symbolizer.find(
                    foreign.original(module), offset, build_id)]

    # ---- text

    def text(self, text):
        """The same text, with places. Inlined functions get frames of their
        own, so frames are numbered anew."""
        out, number = [], 0
        for line in text.removesuffix("\n").split("\n"):
            frame = NUMBER.match(line)
            if not frame:
                number = 0
                out.append(self._site(line))
                continue
            for words in self._frame(line):
                out.append(NUMBER.sub(rf"\g<1>{number}\2", words))
                number += 1
        return "\n".join(out) + ("\n" if text.endswith("\n") else "")

    def _frame(self, line):
        """The lines that stand for one frame."""
        frame = FRAME.match(line)
        places = frame and self._find_of(frame, frame["build_id"])
        if not places:
            return [line]
        return [self._frame_line(frame, *place) for place in places]

    def _frame_line(self, frame, function, file, line):
        words = f"{frame['indent']}#0 {frame['address']}"
        function = function or frame["function"]
        if function:
            words += f" in {function}"
        module = frame["module"]
        if file:
            words += f" {file}:{line}"
            module = os.path.basename(module)
        words += f" ({module}+{frame['offset']})"
        if frame["build_id"]:
            words += f" (BuildId: {frame['build_id']})"
        return words

    def _site(self, line):
        """A line of a history ends with one place."""
        site = SITE.search(line)
        places = site and self._find_of(site)
        if not places or not places[0][1]:
            return line
        function, file, number = places[0]
        return (f"{line[:site.start()]} in {function or site['function']} "
                f"{file}:{number}")

    # ---- JSON

    def finding(self, finding):
        """Changes a finding (docs/json.md) in place."""
        for stack in finding.get("stacks", []):
            stack["frames"] = self._json_stack(stack["frames"])
        for act in finding.get("history", []):
            site = act.get("site")
            if site and site.get("module") and not site.get("file"):
                site.update(self._json_frames(site)[0], inlined=False)
                del site["inlined"]

    def _json_stack(self, frames):
        """Inlined functions, and what they were inlined into, have been
        found already."""
        done, before = [], {}
        for frame in frames:
            is_done = frame.get("inlined") or (
                before.get("inlined")
                and before.get("offset") == frame.get("offset"))
            done += [frame] if is_done else self._json_frames(frame)
            before = frame
        return done

    def _json_frames(self, frame):
        """The frames that stand for one; inlined ones say so."""
        if not frame.get("module"):
            return [frame]
        offset = int(frame["offset"], 16)
        if frame.get("file"):
            own = frame["function"], frame["file"], frame["line"]
            places = [own, *self._callers(own, frame["module"], offset,
                                          frame.get("build_id"))]
        else:
            places = self._find(frame["module"], offset,
                                frame.get("build_id"))
        done = []
        for function, file, line in places:
            done.append({**frame, "file": file, "line": line,
                         "function": function or frame["function"]})
        for inlined in done[:-1]:
            inlined["inlined"] = True
        return done or [frame]


def _is_line(own, place):
    return place[1] is not None and int(own[2]) == place[2] and (
        os.path.basename(own[1]) == os.path.basename(place[1]))


def _is_function(own, place):
    """__func__ has no scopes and no parameters."""
    return place[0] is not None and own[0] is not None and re.search(
        rf"(?:^|::){re.escape(own[0])}(?:$|\()", place[0]) is not None

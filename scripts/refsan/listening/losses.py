# SPDX-License-Identifier: MIT
"""What was not seen, in the words of runtime/lost.def."""

from .. import tables

ALWAYS = "HIDES"


def lines(counts, verbosity):
    """One line for each meaning, as the runtime itself says it
    (runtime/report/report_summary.c)."""
    ways = {way.slug: way for way in tables.lost()}
    for meaning in tables.meanings():
        parts = [part(ways[slug], count) for slug, count in counts.items()
                 if slug in ways and ways[slug].meaning == meaning.name]
        if parts and (meaning.name == ALWAYS or verbosity > 0):
            yield f"{meaning.words}: {'; '.join(parts)}"
    unknown = [f"{count} {slug}" for slug, count in counts.items()
               if slug not in ways]
    if unknown:
        yield f"lost, as a newer runtime says: {'; '.join(unknown)}"


def part(way, count):
    return (f"{count:,} {way.sentence}"
            + (f" ({way.cure})" if way.cure else ""))

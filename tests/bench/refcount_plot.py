# SPDX-License-Identifier: MIT
"""The picture of refcount.py: cost over threads, both on logarithmic scales,
one panel for an object that all threads share, one for objects of their own.

Written by hand as SVG: nothing has to be installed for it.
"""

import math

COLOURS = {"plain": "#6b7280", "atomic": "#b91c1c", "owner": "#1d4ed8",
           "foreign": "#c2410c", "immortal": "#047857", "deferred": "#7e22ce"}
LABELS = {"plain": "plain", "atomic": "atomic", "owner": "biased, owner",
          "foreign": "biased, other thread", "immortal": "immortal",
          "deferred": "deferred, other thread"}
PANELS = (("one", "all threads on one object"),
          ("own", "each thread on an object of its own"))
WIDTH, HEIGHT, LEFT, TOP, PLOT_W, PLOT_H, GAP = 1000, 440, 62, 70, 300, 290, 150
GAP_LABEL = 11


class Scale:
    def __init__(self, low, high, start, end):
        self.low, self.high = math.log(low), math.log(high)
        self.start, self.end = start, end

    def __call__(self, value):
        part = (math.log(value) - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)


def text(x, y, words, size=12, anchor="start", colour="#111827", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" '
            f'text-anchor="{anchor}" fill="{colour}"{more}>{words}</text>')


def line(points, colour, is_dashed):
    dash = ' stroke-dasharray="5 4"' if is_dashed else ""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (f'<polyline points="{path}" fill="none" stroke="{colour}" '
            f'stroke-width="2"{dash}/>')


def axes(left, title, across, up, threads, costs):
    bottom = TOP + PLOT_H
    out = [text(left, TOP - 14, title, 14, more=' font-weight="bold"')]
    for cost in costs:
        y = up(cost)
        out.append(f'<line x1="{left}" x2="{left + PLOT_W}" y1="{y:.1f}" '
                   f'y2="{y:.1f}" stroke="#e5e7eb"/>')
        out.append(text(left - 6, y + 4, f"{cost:g}", 11, "end"))
    for count in threads:
        out.append(text(across(count), bottom + 18, count, 11, "middle"))
    out.append(text(left + PLOT_W / 2, bottom + 38, "threads", 12, "middle"))
    return out


def spread(labels):
    """Moves labels apart that would stand on one another."""
    labels = sorted(labels)
    for i in range(1, len(labels)):
        below = labels[i - 1][0] + GAP_LABEL + 2
        if labels[i][0] < below:
            labels[i] = (below, *labels[i][1:])
    return labels


def panel(left, where, title, curves, measured, up, costs):
    threads = sorted({n for curve in curves.values() for n in curve})
    across = Scale(1, max(threads), left, left + PLOT_W)
    out = axes(left, title, across, up, [n for n in threads
                                         if n & (n - 1) == 0], costs)
    labels = []
    for (kind, place), curve in curves.items():
        if place != where or kind not in COLOURS:
            continue
        points = [(across(n), up(curve[n])) for n in sorted(curve)]
        count = sum(n <= measured for n in curve)
        out.append(line(points[:count], COLOURS[kind], False))
        out.append(line(points[count - 1:], COLOURS[kind], True))
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" '
                f'fill="{COLOURS[kind]}"/>' for x, y in points[:count]]
        labels.append((points[-1][1], LABELS[kind], COLOURS[kind]))
    out += [text(left + PLOT_W + 6, y + 4, words, GAP_LABEL, colour=colour)
            for y, words, colour in spread(labels)]
    return out


def draw(curves, measured, machine):
    costs = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
    most = max(max(curve.values()) for (kind, _), curve in curves.items()
               if kind in COLOURS)
    costs = [cost for cost in costs if cost <= most * 2]
    up = Scale(costs[0] * 0.8, costs[-1], TOP + PLOT_H, TOP)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} '
           f'{HEIGHT}" font-family="sans-serif">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           text(LEFT - 40, 26, "ns per incref/decref pair and thread", 15,
                more=' font-weight="bold"')]
    for number, (where, title) in enumerate(PANELS):
        left = LEFT + number * (PLOT_W + GAP + 30)
        shown = {key: curve for key, curve in curves.items()}
        out += panel(left, where, title, shown, measured, up, costs)
    out.append(text(LEFT - 40, HEIGHT - 12, f"{machine}. Solid: measured. "
                    "Dashed: computed (docs/refcount.md).", 11,
                    colour="#4b5563"))
    return "\n".join([*out, "</svg>"]) + "\n"

# SPDX-License-Identifier: GPL-2.0-or-later
"""Medians, ratios, the Markdown table and the SVG chart."""

import html
import statistics
import time


class Line:
    """One work's times, round by round, against what it has to reach."""

    def __init__(self, name, times, lines, known=None):
        self.name = name
        self.times = times
        self.median = {v: statistics.median(t) for v, t in times.items() if t}
        self.lines = lines	# by view; "seconds": of scrim alone
        self.known = known	# (why it is missed, the ratios it must keep)

    def ratio(self, against):
        """The median of the rounds' ratios: what slows one round slows both."""
        pairs = [(a, b) for a, b in zip(self.times.get("scrim", ()),
                                        self.times.get(against, ())) if b]
        if not pairs:
            return None
        return statistics.median(a / b for a, b in pairs)

    def verdict(self, against, slack=1.0):
        """"ok", "MISS", or "" where there is nothing to compare."""
        limit, ratio = self.lines.get(against), self.ratio(against)
        if limit is None or ratio is None:
            return ""
        return "ok" if ratio <= limit * slack else "MISS"

    def misses(self, slack=1.0):
        return [v for v in COMPARED if self.verdict(v, slack) == "MISS"]


COMPARED = ("overlayfs", "fuse-overlayfs")


def limits(work, options):
    """The lines that hold for a work with these options."""
    name, _, kind, overlay, fuse = work
    if name == "mount":
        return {"seconds": MOUNT_SECONDS}
    if fuse is not None and options.no_uring:
        return {"fuse-overlayfs": 0.9 if name == "git status, warm" else 0.7}
    return {"overlayfs": overlay, "fuse-overlayfs": fuse}


MOUNT_SECONDS = 0.030


def seconds(value):
    return "%.3f" % value if value is not None else "-"


def cell(line, against):
    ratio = line.ratio(against)
    if ratio is None:
        return "-"
    limit = line.lines.get(against)
    if limit is None:
        return "%.2f" % ratio
    return "%.2f (at most %g) %s" % (ratio, limit, line.verdict(against))


def own(line, view):
    """A view's seconds; scrim's may have a line of their own."""
    value, limit = line.median.get(view), line.lines.get("seconds")
    if view != "scrim" or limit is None or value is None:
        return seconds(value)
    return "%s (at most %g) %s" % (seconds(value), limit,
                                   "ok" if value <= limit else "MISS")


def notes(lines):
    """What is known of the lines that are missed."""
    return ["- %s: %s" % (line.name, line.known[0]) for line in lines
            if line.known and line.misses()]


def markdown(lines, views, about):
    head = ["work"] + views
    pairs = [v for v in COMPARED
             if v in views and "scrim" in views]
    head += ["scrim / " + v for v in pairs]
    out = [about, "", "| " + " | ".join(head) + " |",
           "|" + " --- |" * len(head)]
    for line in lines:
        row = [line.name] + [own(line, v) for v in views]
        row += [cell(line, v) for v in pairs]
        out.append("| " + " | ".join(row) + " |")
    why = notes(lines)
    if why:
        out += ["", "Known misses:", ""] + why
    return "\n".join(out) + "\n"


COLOURS = {"native": "#8c8c8c", "overlayfs": "#4477aa",
           "fuse-overlayfs": "#ddaa33", "scrim": "#228833"}
BAR, GAP, LEFT, WIDTH, LONGEST = 9, 10, 200, 900, 620


def svg_bar(y, view, value, longest):
    width = max(1, value / longest * LONGEST)
    return ('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>'
            '<text x="%.1f" y="%d" class="n">%s s</text>' %
            (LEFT, y, width, BAR - 1, COLOURS[view], LEFT + width + 4,
             y + BAR - 1, seconds(value)))


def svg_legend(views, y):
    out = []
    for i, v in enumerate(views):
        out.append('<rect x="%d" y="%d" width="10" height="10" fill="%s"/>'
                   '<text x="%d" y="%d">%s</text>' %
                   (LEFT + i * 140, y, COLOURS[v], LEFT + 15 + i * 140, y + 9,
                    v))
    return out


def svg(lines, views, about):
    """Bars in seconds, each work scaled by its slowest, shorter is better."""
    body, y = svg_legend(views, 34), 60
    for line in lines:
        longest = max(line.median.values(), default=1)
        body.append('<text x="%d" y="%d" text-anchor="end">%s</text>' %
                    (LEFT - 8, y + BAR * len(views) // 2 + 4,
                     html.escape(line.name)))
        for v in views:
            if v in line.median:
                body.append(svg_bar(y, v, line.median[v], longest))
            y += BAR
        y += GAP
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
            'font-family="sans-serif" font-size="12">\n'
            '<style>text{fill:#333}.n{font-size:9px}</style>\n'
            '<rect width="100%%" height="100%%" fill="#fff"/>\n'
            '<text x="8" y="20">%s</text>\n%s\n</svg>\n' %
            (WIDTH, y, html.escape(about), "\n".join(body)))


def about(options, rounds, tree_files):
    with open("/proc/sys/kernel/osrelease") as f:
        kernel = f.read().strip().split("-")[0]
    with open("/proc/cpuinfo") as f:
        cores = f.read().count("processor\t")
    return ("Seconds, medians of %d rounds, and medians of the rounds' ratios; "
            "%s; %d cores, kernel %s, a tree of %s files, load %.1f%s%s." %
            (rounds, time.strftime("%Y-%m-%d"), cores, kernel,
             format(tree_files, ","), options.load,
             ", processors kept awake" if options.awake else "",
             ", without io_uring" if options.no_uring else ""))

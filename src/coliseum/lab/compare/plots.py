"""Plots: charts as SVG, for a page and for themselves.

The idea: matplotlib does the drawing, without pyplot and so without state of its own; afterwards its colours
become variables of the style sheet (svg).

What must stay true: the same comparison gives the same bytes; ids of different pictures never clash; every text
in a picture is text (it can be found, read aloud, and follows the reader's fonts). While a picture is drawn,
matplotlib's settings are ours: one thread at a time.
Not here: what is drawn (charts), how it looks (drawing), what it means (texts, sentences).
"""

import io
from dataclasses import dataclass
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure as Paper

from coliseum.i18n import Translate
from coliseum.lab.compare import texts
from coliseum.lab.compare.catalogue import GROUPS, groups
from coliseum.lab.compare.charts import Chart, Curve, charts, curves, drawn
from coliseum.lab.compare.document import Comparison
from coliseum.lab.compare.drawing import HEIGHT, WIDTH, Look, draw, looks
from coliseum.lab.compare.svg import DRAWN, finished, plain

_STYLE: Final = {
    "svg.fonttype": "none",
    "svg.hashsalt": "coliseum",
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 12,  # a point of matplotlib is a pixel here
    "hatch.linewidth": 0.8,
    "path.simplify": False,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG without a style of its own, for a page that has the variables."""

    name: str
    svg: str
    title: str
    describes: Chart | Curve


def of_group(comparison: Comparison, group: str, _: Translate) -> list[Picture]:
    """Return the pictures of a group: curves of latencies first, then its figures."""
    known = looks(comparison)
    slug = group if group in GROUPS else f"group-{groups(comparison).index(group) + 1}"
    found = []
    whole: list[Chart | Curve] = [*curves(comparison, group)]
    for figure in drawn(group, comparison.group(group)):
        whole += charts(comparison, group, figure)
    for each in whole:
        key = each.figure.key if isinstance(each, Chart) else "percentiles"
        name = f"{slug}-{key}{'-tls' * each.tls}".replace("_", "-")
        title = texts.picture(each, _)
        found.append(Picture(name, _svg(name, each, known, _, title), title, each))
    return found


def _svg(name: str, what: Chart | Curve, known: dict[str, Look], _: Translate, title: str) -> str:
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        paper = Paper(figsize=(WIDTH / 72, HEIGHT / 72))
        axes = paper.add_axes((0.15, 0.18, 0.795, 0.62))  # to the right, half of the last label
        draw(axes, what, known, _)
        paper.text(0.01, 0.94, plain(title, 60), fontsize=12, fontweight="bold", color=DRAWN["--ink"])
        output = io.BytesIO()
        paper.savefig(output, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return finished(output.getvalue(), name, (WIDTH, HEIGHT), title, texts.described(what, _))

"""Pictures: the same numbers as in the document, readable by themselves, and never in each other's way."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given

from coliseum.i18n import english
from coliseum.lab import pages
from coliseum.lab.compare import contents, drawing, plots
from coliseum.lab.compare.catalogue import FIGURES, names
from coliseum.lab.compare.charts import ENOUGH, charts, curves
from coliseum.lab.compare.document import Comparison
from coliseum.lab.compare.svg import DRAWN, INK, plain
from coliseum.lab.histogram import Histogram
from tests.lab.compare.samples import ANY, comparisons, sample

SAMPLE = sample(rounds=3)
PICTURES = contents.files(contents.sections(SAMPLE, english))


def elements(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter())


def shapes(svg: str, variable: str) -> int:
    """Return how often a colour is used."""
    return svg.count(f"var({variable},")


# --- numbers -----------------------------------------------------------------------------------------------


def test_a_chart_has_the_figures_of_every_cell() -> None:
    plain_one, over_tls = charts(SAMPLE, "fan-out", FIGURES["deliveries_per_second"])
    assert (plain_one.tls, over_tls.tls) == (False, True)
    assert plain_one.sizes == (10, 100, 1000)
    assert plain_one.scale == over_tls.scale
    for line in plain_one.lines:
        for workload, point in zip(plain_one.workloads, line.points, strict=True):
            cell = SAMPLE.cell(workload, line.engine)
            assert cell is not None
            assert point.summary is not None
            every = sorted(result.deliveries_per_second or 0 for result in cell.good)
            assert (point.summary.least, point.summary.median, point.summary.most) == (
                every[0],
                every[1],
                every[2],
            )


def test_a_bound_and_a_failure_are_points_of_their_own_kind() -> None:
    (fan_out, _) = charts(SAMPLE, "fan-out", FIGURES["deliveries_per_second"])
    assert [[point.bound for point in line.points] for line in fan_out.lines] == [
        [False, False, False],
        [False, False, False],
        [False, False, True],
    ]
    (_, storm) = charts(SAMPLE, "join-storm", FIGURES["arrivals_per_second"])
    last = storm.lines[2].points[-1]
    assert (last.summary, last.failed) == (None, True)


def test_a_curve_is_that_of_all_rounds_together_and_ends_where_chance_begins() -> None:
    (curve,) = curves(SAMPLE, "udp")
    bend = curve.bends[0]
    cell = SAMPLE.cell(curve.workload, bend.engine)
    assert cell is not None
    together = Histogram()
    for result in cell.good:
        together.merge(Histogram(result.latencies))
    for percent, value, least, most in bend.points:
        assert value == together.percentile(percent) / 1e3
        assert least <= value <= most
        assert len(together) * (1 - percent / 100) >= ENOUGH * 0.999
    assert bend.points[-1][0] == 99.95  # of 28,500 values


# --- pictures ----------------------------------------------------------------------------------------------


def test_every_picture_is_an_svg_with_a_title_a_description_and_its_own_paper() -> None:
    assert len(PICTURES) > 80
    for name, svg in PICTURES.items():
        root = ET.fromstring(svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        title, description = root[0], root[1]
        assert (title.tag, description.tag) == tuple(
            f"{{http://www.w3.org/2000/svg}}{tag}" for tag in ("title", "desc")
        )
        assert title.text
        assert description.text
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert "prefers-color-scheme:dark" in svg
        assert "var(--paper)" in svg
        assert not set(re.findall(r"https?://[^\"']+", svg)) - {"http://www.w3.org/2000/svg"}, name


def test_ids_of_all_pictures_are_different_and_every_reference_has_its_id() -> None:
    seen: set[str] = set()
    for svg in PICTURES.values():
        ids = re.findall(r' id="([^"]+)"', svg)
        assert len(ids) == len(set(ids))
        assert not seen & set(ids)
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) <= set(ids)
        seen |= set(ids)


def test_the_same_comparison_gives_the_same_bytes() -> None:
    one = plots.of_group(SAMPLE, "paced", english)
    assert [picture.svg for picture in one] == [
        picture.svg for picture in plots.of_group(SAMPLE, "paced", english)
    ]


def test_no_colour_is_left_that_no_style_sheet_knows() -> None:
    for svg in PICTURES.values():
        assert not any(colour in svg for colour in DRAWN.values())
        rest = re.sub(r"<style>.*?</style>|var\(--[a-z]+(,#[0-9a-f]{6})?\)", "", svg)
        assert not re.findall(r"(?:fill|stroke): *(?!none|url)[^;\"\s]+", rest)


def test_colours_are_those_of_the_style_sheet() -> None:
    styles = str(pages.asset("page.css")) + str(pages.asset("report.css"))
    for variable, (light, dark) in INK.items():
        assert re.findall(rf"{variable}: (#[0-9a-f]{{6}})", styles) == [light, dark], variable


def test_engines_differ_in_shape_and_dashes_too() -> None:
    found = drawing.looks(SAMPLE).values()
    assert len({look.mark for look in found}) == len({look.dashes for look in found}) == len(names(SAMPLE)) == 3


def test_every_engine_is_drawn_and_a_bound_is_hollow() -> None:
    picture = PICTURES["fan-out-deliveries-per-second"]
    assert all(shapes(picture, f"--{name}") for name in names(SAMPLE))
    assert "only a bound" in picture
    assert "only a bound" not in PICTURES["fan-out-deliveries-per-second-tls"]
    hollow = r"<use [^>]*fill: var\(--paper,[^>]*stroke: var\(--uvloop,"
    assert len(re.findall(hollow, picture)) == 1
    assert not re.findall(hollow, PICTURES["fan-out-deliveries-per-second-tls"])


def test_text_is_text() -> None:
    texts = [
        element.text
        for element in elements(PICTURES["fan-out-deliveries-per-second"])
        if element.tag.endswith("text")
    ]
    assert {"threads", "asyncio", "uvloop", "clients", "100", "Deliveries per second, in clear"} <= set(texts)


def test_nothing_of_matplotlib_changes_for_others() -> None:
    import matplotlib as mpl  # noqa: PLC0415 - to see what is left behind

    before = dict(mpl.rcParams)
    plots.of_group(SAMPLE, "stop", english)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("text", ["名前", "\U0001f600", "a\x00b", "\u202eb", "x" * 100])
def test_what_cannot_be_drawn_is_replaced(text: str) -> None:
    assert re.fullmatch(r"[ -~…]{1,28}", plain(text))


@ANY
@given(comparisons())
def test_pictures_of_any_comparison_are_well_formed(found: Comparison) -> None:
    seen: set[str] = set()
    for name, svg in contents.files(contents.sections(found, english)).items():
        ids = set(re.findall(r' id="([^"]+)"', svg))
        assert not ids & seen
        seen |= ids
        assert {element.tag.rpartition("}")[2] for element in elements(svg)}.isdisjoint({"script", "image", "a"})
        assert re.fullmatch(r"[a-z0-9-]+", name)

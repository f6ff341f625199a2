"""The theme: one place for colours, readable pairs, palettes that colour-blind readers and grey printers can use.

Contrast and distances are computed again from the theme by a library of their own (coloraide), not by the project.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

import pytest
from coloraide import Color

from pipelines.figures import style
from pipelines.publish import theme
from pipelines.settings import PROJECT_DIR

SCHEMES = ("light", "dark")
# `#1A2B3C` anywhere; `rgb(1 2 3)` and the like with numbers; the clear colour of spoken words in Typst is none
LITERAL = re.compile(r"#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?\b|\b(?:rgba?|hsla?|oklch|oklab)\((?!0, 0, 0, 0\))\s*[\d.]")
# The short form, in style sheets and drawings only: elsewhere `#add` may be a name
SHORT_LITERAL = re.compile(r"""[:"'\s]#[0-9A-Fa-f]{3,4}(?=[;"'\s,)])""")
SEEN_AS = ("normal", "protan", "deutan", "tritan", "grey")

# What is written or drawn on what, and the WCAG contrast it needs: 4.5 for text, 3 for controls and shapes
TEXT_ON_GROUND = [
    *((text, ground) for text in ("ink", "ink2", "accent") for ground in ("ground", "surface", "hover")),
    *(("ink3", ground) for ground in ("ground", "surface")),
    ("focus", "ground"),
    ("ground", "accent"),
    ("ground", "main"),
    *((f"t{number}", f"s{number}") for number in range(1, 6)),
    *((f"dt{number}", f"d{number}") for number in range(1, 6)),
    *((f"kt{number}", f"k{number}") for number in range(1, 4)),
]
SHAPE_ON_GROUND = [
    *((shape, ground) for shape in ("focus", "control", "main") for ground in ("ground", "surface", "hover")),
    ("hatch", "ground"),
    ("focus", "range-all"),
    ("focus", "range-middle"),
    ("focus", "others"),
    *((f"k{number}", "ground") for number in range(1, 4)),
]
# Smallest CIEDE2000 distance a reader must have left, by what the reader sees: normal, protan, deutan, tritan, grey
LEAST_DISTANCE = {
    ("sequential", "light"): (12.0, 11.1, 12.6, 13.1, 9.7),
    ("sequential", "dark"): (13.1, 13.3, 12.8, 13.7, 11.8),
    ("diverging", "light"): (23.7, 23.1, 22.0, 23.0, 12.2),
    ("diverging", "dark"): (21.3, 20.8, 20.4, 19.9, 20.0),
    ("categorical", "light"): (41.5, 31.9, 33.0, 33.5, 13.3),
    ("categorical", "dark"): (31.8, 25.6, 28.0, 29.4, 10.8),
}
# Pairs and distances of Sharma, Wu, Dalal (2005), table 1
CIEDE2000 = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


def _palette(name: str, scheme: str) -> list[str]:
    return style.THEME[name][scheme]


def _seen(colour: str, by: str) -> Color:
    """A colour as a reader sees it: with a full colour blindness (Machado 2009) or printed in grey."""
    own = Color(colour)
    if by == "normal":
        return own
    if by == "grey":
        return Color("lab-d65", [own.convert("lab-d65")["lightness"], 0, 0])
    return own.filter(by, method="machado")


def _least_distance(pairs: Sequence[tuple[str, str]], by: str) -> float:
    return min(_seen(first, by).delta_e(_seen(second, by), method="2000") for first, second in pairs)


def _sources() -> Iterator[tuple[str, str]]:
    """Text of every file that could name a colour."""
    folders = {"pipelines": ("py",), "assets": ("py",), "reports": ("typ", "css", "jinja", "js", "qmd", "yml", "svg")}
    for folder, endings in folders.items():
        for path in sorted((PROJECT_DIR / folder).rglob("*")):
            name = path.relative_to(PROJECT_DIR).as_posix()
            made = name.startswith(("reports/output/", "reports/_ausgabe/", "reports/abbildungen/"))
            if path.suffix[1:] in endings and path != style.THEME_FILE and not made:
                yield name, path.read_text(encoding="utf-8")


def test_no_colour_stands_outside_the_theme() -> None:
    found = []
    for name, text in _sources():
        shorts = SHORT_LITERAL.findall(text) if name.endswith((".css", ".js", ".svg")) else []
        found += [f"{name}: {colour.strip()}" for colour in [*LITERAL.findall(text), *shorts]]
    assert not found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_and_shapes_stand_out_from_their_ground(scheme: str) -> None:
    colours = theme.variables(scheme)
    wanted = [(pair, 4.5) for pair in TEXT_ON_GROUND] + [(pair, 3.0) for pair in SHAPE_ON_GROUND]
    ratios = {pair: Color(colours[pair[0]]).contrast(colours[pair[1]], method="wcag21") for pair, _ in wanted}
    assert not {pair: round(ratios[pair], 2) for pair, least in wanted if ratios[pair] < least}


def test_the_project_computes_contrast_as_the_library_does() -> None:
    for first, second in itertools.combinations([style.INK, style.GREY, style.FOCUS, *style.SEQUENTIAL], 2):
        assert style.contrast(first, second) == pytest.approx(Color(first).contrast(second, method="wcag21"), abs=0.005)


@pytest.mark.parametrize(("first", "second", "distance"), CIEDE2000)
def test_the_library_measures_distances_as_published(
    first: tuple[float, float, float], second: tuple[float, float, float], distance: float
) -> None:
    pair = Color("lab-d65", first), Color("lab-d65", second)
    assert pair[0].delta_e(pair[1], method="2000") == pytest.approx(distance, abs=5e-5)


@pytest.mark.parametrize(("palette", "scheme"), LEAST_DISTANCE)
def test_palettes_keep_their_distance_for_every_reader(palette: str, scheme: str) -> None:
    colours = _palette(palette, scheme)
    pairs = list(itertools.combinations(colours, 2) if palette == "categorical" else itertools.pairwise(colours))
    found = {by: round(_least_distance(pairs, by), 1) for by in SEEN_AS}
    least = dict(zip(SEEN_AS, LEAST_DISTANCE[palette, scheme], strict=True))
    assert not {by: found[by] for by in SEEN_AS if found[by] < least[by]}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_classes_change_in_lightness_in_one_direction(scheme: str) -> None:
    light = [Color(colour).luminance() for colour in _palette("sequential", scheme)]
    assert light == sorted(light, reverse=scheme == "light")
    around = [Color(colour).luminance() for colour in _palette("diverging", scheme)]
    towards = around if scheme == "light" else [-value for value in around]
    assert towards[0] < towards[1] < towards[2] > towards[3] > towards[4]


def test_fewer_classes_are_further_apart() -> None:
    five = _least_distance(list(itertools.pairwise(style.SEQUENTIAL)), "normal")
    for count in (2, 3, 4):
        assert _least_distance(list(itertools.pairwise(style.class_colours(count))), "normal") >= five


def test_no_colour_is_red_or_green() -> None:
    """Hue and chroma in CIE LCh: red lies around 30, green around 140; orange begins at 45, teal at 180."""
    text = style.THEME_FILE.read_text(encoding="utf-8")
    for colour in sorted(set(LITERAL.findall(text))):
        place = Color(colour).convert("lch-d65")
        if place["chroma"] > 12:
            assert not (place["hue"] < 45 or place["hue"] > 345 or 100 < place["hue"] < 180), colour


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_palette_puts_two_colours_together_that_differ_in_red_and_green_alone(scheme: str) -> None:
    """A reader without red or green receptors keeps at least half of the distance everybody else sees."""
    for palette in ("sequential", "diverging", "categorical"):
        for pair in itertools.combinations(_palette(palette, scheme), 2):
            everybody = _least_distance([pair], "normal")
            for by in ("protan", "deutan"):
                assert _least_distance([pair], by) >= everybody / 2, (palette, pair, by)


def test_the_web_page_gets_every_colour_in_light_and_dark_and_prints_light() -> None:
    css = theme.css_variables()
    light, rest = css.split("@media screen and (prefers-color-scheme: dark)")
    dark, printed = rest.split("@media print")
    names = re.findall(r"--([a-z0-9-]+):", light)
    assert names == re.findall(r"--([a-z0-9-]+):", dark) == list(theme.variables("light"))
    assert {"ground", "ink", "s1", "s5", "t5", "d1", "d5", "k1", "k3", "focus", "control"} <= set(names)
    assert "--" not in printed
    assert css.isascii()


def test_no_type_is_smaller_than_seven_points() -> None:
    sizes = style.THEME["type"]
    assert min([*sizes["figures"].values(), *sizes["documents"].values()]) >= 7


def test_every_status_without_a_value_has_a_hatch_of_its_own() -> None:
    from pipelines import german

    hatches = {status: style.HATCHES[status] for status in german.NO_VALUE_STATUSES}
    assert len(set(hatches.values())) == len(hatches)

"""Every figure of the project on made-up data: what it is called, what to look at, how it is drawn.

What belongs here: one `Entry` per figure and state worth looking at. What does not: data (`made_up`), the page
(`page`). A new figure function needs an entry: the test of the gallery names functions without one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines import german
from pipelines.figures import charts, maps, qr
from pipelines.figures.canvas import Picture
from pipelines.figures.rows import area_list
from pipelines.indicators.composite import CLASS_LIMITS
from tests.gallery import made_up


@dataclass(frozen=True)
class Entry:
    """One figure: file name without ending, the function shown, what to look at, the call itself."""

    name: str
    function: Callable[..., Picture]
    words: str
    draw: Callable[[], Picture]


def groups() -> dict[str, list[Entry]]:
    """All figures by kind, in the order of the gallery."""
    return {
        "Karten": _maps(),
        "Punktdiagramme": _dots(),
        "Zeitreihen": _lines(),
        "Altersaufbau": _ages(),
        "Weitere Abbildungen": _others(),
    }


def entries() -> list[Entry]:
    """All figures."""
    return [entry for listed in groups().values() for entry in listed]


def _maps() -> list[Entry]:
    geo, rooms = made_up.geography(), made_up.geography("sozialraum")
    every, values = made_up.rows(), made_up.rows(("reported",))
    limits, source = made_up.LIMITS, made_up.ATTRIBUTION
    index = made_up.index()
    own = _entry(maps.choropleth, geo, decimals=2, limits=limits, attribution=source)
    sheet = {"limits": limits, "decimals": 2, "attribution": source, "unit": "Prozent", "source": "Testdaten"}
    title = "Beispielraum 1 bis 3 (Beispielzuschnitt): Testanteil 2021"
    return [
        own("karte-werte", "Fünf Klassen; die Kennziffer liest sich auf jeder Klasse.", rows=values, title=TITLE),
        own("karte-zustaende", "Jeder Zustand ohne Wert hat seine Schraffur.", rows=every, title=TITLE),
        own(
            "karte-drei-klassen",
            "Weniger Klassen liegen weiter auseinander.",
            rows=values,
            limits=limits[::3],
            title=TITLE,
        ),
        _entry(maps.choropleth, rooms, limits=limits, decimals=2, attribution=source)(
            "karte-beispielraeume",
            "Beispielräume heißen im Bild Beispielzuschnitt.",
            rows=made_up.rows(("reported",), "sozialraum"),
            title=title,
        ),
        _entry(maps.choropleth_sheet, geo, **sheet)(
            "kartenblatt",
            "Legende mit Anzahlen; fehlend und nicht ausgewiesen stehen immer darin.",
            rows=every,
            title=TITLE,
            subtitle="Wie viele von 100 Menschen im Alter von 15 bis 64 Jahren? Einheit: %; höher = mehr Bedarf",
        ),
        _entry(maps.index_map, geo, index, source)(
            "index-karte", "Weiße Linien über der Farbe: Die Klasse ist nicht stabil.", title=INDEX
        ),
        _entry(maps.index_map_sheet, geo, index, source)(
            "index-kartenblatt",
            "Legende mit instabilen Klassen.",
            title=INDEX,
            subtitle="vorläufig",
            source="Testdaten",
        ),
        _entry(maps.locator, geo)("lage", "Lage einer Gemeinde im Kreis.", area_id=made_up.IDS[9]),
        _entry(maps.key_map, rooms)("lage-raeume", "Nummern der Beispielräume neben ihren Werten."),
        _entry(maps.area_overview_map, geo, source, sozialraeume=rooms)(
            "planungsraeume",
            "Namen, wo sie Platz haben, sonst die Kennziffer.",
            title="Beispielraum 1 bis 3 (Beispielzuschnitt)",
        ),
        _entry(maps.proposal_map, geo, source, {"Lücke": [geo.shapes[made_up.IDS[9]]]}, sozialraeume=rooms)(
            "vorschlag",
            "Ein vorgeschlagener Zuschnitt: Was nicht passt, ist schraffiert.",
            title="Vorgeschlagener Zuschnitt (Beispielzuschnitt)",
        ),
    ]


def _dots() -> list[Entry]:
    every, finished = made_up.rows(), made_up.rows(("reported", "missing"), spans=False)
    areas = area_list(made_up.areas())
    compared = {"kreis_value": made_up.KREIS_VALUE, "relevance_limit": made_up.RELEVANCE}
    return [
        _entry(charts.dot_plot, every, unit="Prozent", decimals=2)(
            "punkte-zustaende", "Spannen, Urteile, alle Zustände, lange Namen.", **compared
        ),
        _entry(charts.dot_plot, finished, unit="Euro je Einwohnerin und Einwohner", decimals=2)(
            "punkte-fertige-werte", "Fertige Werte haben keine Spanne und keinen Vergleich; lange Einheit."
        ),
        _entry(charts.index_dots, areas, made_up.index())(
            "index-punkte", "Klassen in Worten, Stabilität in Prozent.", limits=CLASS_LIMITS, title=INDEX
        ),
    ]


def _lines() -> list[Entry]:
    breaks = charts.parse_breaks(made_up.BREAK)
    kreis: dict[str, Any] = {"unit": "Prozent", "decimals": 2, "kreis_id": made_up.KREIS, "breaks": breaks}
    nothing = made_up.series().with_columns(value=pl.lit(None, pl.Float64), status=pl.lit("later"))
    focus = {"focus": made_up.IDS[9], "focus_name": made_up.NAMES[9]}
    return [
        _entry(charts.time_series, made_up.series(False), **kreis)(
            "reihe", "Bruch als Lücke in Linie, Gitter und Achse.", title=TITLE
        ),
        _entry(charts.time_series, made_up.series(), **kreis, **focus)(
            "reihe-luecken", "Fehlende Jahre der Gemeinde schraffiert.", title=TITLE
        ),
        _entry(charts.time_series, made_up.flat_series(), **kreis)(
            "reihe-flach", "Werte, die sich kaum unterscheiden: Skala nicht ab null, der Fuß ist blass.", title=TITLE
        ),
        _entry(charts.time_series, nothing, **kreis)("reihe-ohne-werte", "Reihe, der jeder Wert fehlt.", title=TITLE),
        _entry(charts.panels, made_up.series(), area_list(made_up.areas()), **kreis)(
            "felder", "Ein Feld je Gemeinde, jeder Zustand ohne Wert in drei Jahren.", title=TITLE
        ),
        _entry(charts.panels, made_up.flat_series(), area_list(made_up.areas()).head(5), **kreis)(
            "felder-flach", "Felder mit einer Skala nicht ab null.", title=TITLE
        ),
    ]


def _ages() -> list[Entry]:
    found = [
        _entry(charts.age_bars, made_up.age_shares())(
            "alter", "Schmale Anteile ohne Zahl; jeder Zustand ohne Wert.", title="Altersaufbau"
        ),
        _entry(charts.pyramid, made_up.ages(), made_up.ages(1.4))(
            "pyramide", "Alter nach Geschlecht, Kreis als Umriss.", name=made_up.NAMES[9], title="Altersaufbau"
        ),
    ]
    for status in german.NO_VALUE_STATUSES:
        found.append(
            _entry(charts.pyramid, made_up.ages(absent=status), made_up.ages(1.4), height=64.0)(
                f"pyramide-{status.replace('_', '-')}",
                f"Jüngste Jahrgänge: {german.status_words(status)}.",
                name=made_up.NAMES[9],
                title="Altersaufbau",
            )
        )
    return found


def _others() -> list[Entry]:
    return [
        _entry(qr.qr_code)("qr", "Adresse als Code; daneben steht sie als Text.", address="https://beispiel.invalid/")
    ]


TITLE = "Testanteil, Jahresdurchschnitt 2021"
INDEX = "Testindex"


def _entry(function: Callable[..., Picture], *arguments: Any, **fixed: Any) -> Callable[..., Entry]:
    """Entries of one function: `_entry(function, data)("name", "Worte", title=…)`."""

    def entry(file: str, about: str, /, **more: Any) -> Entry:
        return Entry(file, function, about, lambda: function(*arguments, **(fixed | more)))

    return entry

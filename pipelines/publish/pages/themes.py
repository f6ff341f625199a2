"""Theme pages: for each indicator the three sentences, map, dot plot and table; time series; example areas.

What belongs here: the pages of a chapter with figures. What does not: sentences (`sentences`), figures
(`illustrations`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import sentences
from pipelines.publish.illustrations import Illustrations, breaks_of
from pipelines.publish.pages.parts import (
    SPAN_HELP,
    VERDICT_HELP,
    column,
    count_cell,
    key_list,
    kreis_name,
    number_cell,
    source_line,
    span_cell,
    verdict_cell,
)
from pipelines.publish.released import Release
from pipelines.publish.typst_code import Code, block, call, join

DIRECTION = {
    1: "höher = mehr Bedarf an Unterstützung",
    -1: "niedriger = mehr Bedarf an Unterstützung",
    0: "höher ist weder besser noch schlechter",
}
SERIES_YEARS = 8


def chapter(release: Release, name: str) -> str:
    """All pages of a chapter: a spread per indicator, time series where there are enough years, example areas."""
    figures = Illustrations(release)
    indicators = release.indicators.filter(pl.col("chapter") == name).sort("position")
    mapped, series = set(figures.mapped()), set(figures.with_series())
    code: list[Code] = [_overview(release, [name for name in indicators["indicator_id"] if name in mapped])]
    for indicator_id in indicators["indicator_id"]:
        if indicator_id in mapped:
            code += [_left(release, figures, indicator_id), _right(release, figures, indicator_id)]
        if indicator_id in series:
            code.append(_series(release, figures, indicator_id))
    kreis_only = indicators.filter(pl.col("data") == "kreis")["indicator_id"].to_list()
    if kreis_only:
        code.append(_kreis_only(release, kreis_only))
    with_rooms = [name for name in indicators["indicator_id"] if name in mapped]
    if with_rooms and release.sozialraeume.height:
        code.append(_rooms(release, with_rooms, new_page=not kreis_only))
    return block(*code)


def _overview(release: Release, indicator_ids: list[str]) -> Code:
    """What a chapter holds: every indicator with its Kreis value, span and date, by theme."""
    rows: list[Any] = []
    theme = None
    for indicator_id in indicator_ids:
        indicator = release.indicator(indicator_id)
        if indicator["theme"] != theme:
            theme = indicator["theme"]
            rows.append({"gruppe": theme})
        row = release.value(indicator_id, release.kreis_id)
        value = number_cell(row, indicator["decimals"])
        unit = german.unit_symbol(indicator["unit"])
        span = span_cell(row, indicator["decimals"])
        rows.append([indicator_id, indicator["name"], value, unit, span, sentences.stand(indicator)])
    columns = [
        column("Kennung", 16),
        column("Indikator"),
        column("Kreis", 18, "zahl", fett=True),
        column("Einheit", 20),
        column("Spanne", 28, "zahl", leise=True),
        column("Stand", 42),
    ]
    return call("tabelle", spalten=columns, zeilen=rows, titel="In diesem Kapitel", breite=Code("satzbreite"))


def chapters_without_figures(release: Release) -> str:
    """What the Kreis knows in chapters that have no figure for any Gemeinde."""
    chapters = release.indicators.group_by("chapter").agg((pl.col("data") == "gemeinde").any().alias("any"))
    empty = chapters.filter(~pl.col("any"))["chapter"].to_list()
    rows = release.indicators.filter(pl.col("chapter").is_in(empty)).sort("position")
    known = rows.filter(pl.col("data") == "kreis")["indicator_id"].to_list()
    code = [_missing_table(rows)]
    return block(*code, _kreis_only(release, known)) if known else block(*code)


def _missing_table(rows: pl.DataFrame) -> Code:
    """Indicators without figures for Gemeinden with the reason, by theme."""
    body: list[Any] = []
    for theme in rows["theme"].unique(maintain_order=True):
        body.append({"gruppe": theme})
        for row in rows.filter(pl.col("theme") == theme).iter_rows(named=True):
            body.append([row["indicator_id"], row["name"], row["missing_reason"] or "nur als Kreiswert"])
    columns = [column("Kennung", 16), column("Indikator", 62), column("Grund")]
    return call("tabelle", spalten=columns, zeilen=body, breite=Code("satzbreite"))


def _left(release: Release, figures: Illustrations, indicator_id: str) -> Code:
    indicator = release.indicator(indicator_id)
    picture = figures.theme_map(indicator_id)
    parts = [
        call(
            "kopf",
            indicator["name"],
            marke=f"{indicator_id} · {sentences.stand(indicator)}",
            frage=indicator["question"],
            ebene=2,
            kennung=f"ind-{indicator_id}",
        ),
        call(
            "drei-saetze",
            niveau=sentences.level(release, indicator_id),
            unterschied=sentences.difference(release, indicator_id),
            grenze=sentences.limit(release, indicator_id),
        ),
        call(
            "mit-rand",
            call(
                "bild",
                picture.path,
                alt=picture.alt,
                titel=f"{indicator['short_name']} nach Gemeinden",
                unter=_map_subtitle(indicator),
            ),
            join(_legend(figures, indicator_id), call("randblock", "So lesen Sie die Karte", *_map_help(indicator))),
        ),
        call("schluessel", key_list(release), spalten=6, breite=Code("satzbreite")),
        call(
            "quelle",
            source_line(release, [indicator_id]),
            f"Kennung in den Dateien: {indicator_id}.",
            breite=Code("satzbreite"),
        ),
    ]
    return join(*parts)


def _map_subtitle(indicator: dict[str, Any]) -> str:
    unit = german.unit_symbol(indicator["unit"])
    return f"{indicator['numerator_text']}{_per(indicator)}, {unit}; {DIRECTION[indicator['polarity']]}"


def _per(indicator: dict[str, Any]) -> str:
    return f", bezogen auf: {indicator['denominator_text']}" if indicator["denominator_text"] else ""


def _map_help(indicator: dict[str, Any]) -> list[str]:
    return [
        "Dunkler heißt: höhere Werte. Die Grenzen der Klassen gelten für alle Jahre.",
        "Die Zahl im Gebiet ist die Kennziffer der Gemeinde, nach dem Schlüssel vergeben. Sie ist keine Rangfolge.",
        "Ob ein Unterschied zum Kreis erkennbar ist, zeigt die nächste Seite, nicht die Farbe.",
    ]


def _legend(figures: Illustrations, indicator_id: str) -> Code:
    from pipelines.figures import maps

    indicator = figures.release.indicator(indicator_id)
    lines = maps.legend(figures.rows(indicator_id), figures.limits(indicator_id), indicator["decimals"])
    classes = [(line.label, line.count_text) for line in lines if line.class_number]
    others = [(line.status, line.label, line.count_text) for line in lines if line.status]
    return call("legende", titel=f"Klassen ({german.unit_symbol(indicator['unit'])})", klassen=classes, weitere=others)


def _right(release: Release, figures: Illustrations, indicator_id: str) -> Code:
    indicator = release.indicator(indicator_id)
    picture = figures.dot_plot(indicator_id)
    parts = [
        call("neue-seite"),
        call(
            "mit-rand",
            call(
                "bild",
                picture.path,
                alt=picture.alt,
                titel=f"{indicator['short_name']}: Wert, Spanne und Abstand zum Kreis",
                unter=f"Gemeinden in fester Folge, {sentences.stand(indicator)}",
            ),
            join(call("vergleichs-legende", VERDICT_HELP), call("randblock", "Die Spanne", *_span_help(indicator))),
        ),
        _table(release, figures, indicator_id),
        call("zeichen-legende", form="zeile"),
        call("quelle", f"{source_line(release, [indicator_id])} {_method_line(indicator)}", breite=Code("satzbreite")),
    ]
    return join(*parts)


def _span_help(indicator: dict[str, Any]) -> list[str]:
    if indicator["interval"] == "none":
        return [indicator["interval_note"] or "Für diesen Wert gibt es keine Spanne."]
    return [text for text in (SPAN_HELP, indicator["interval_note"]) if text]


def _method_line(indicator: dict[str, Any]) -> str:
    threshold = indicator["relevance_threshold"]
    relevance = f" Bedeutsam ab {german.percent(threshold * 100, 0)} Abstand zum Kreiswert." if threshold else ""
    return (
        f"Stand: {sentences.stand(indicator)}.{relevance} Die Gebiete stehen nicht nach Größe; es gibt keine Rangfolge."
    )


def _table(release: Release, figures: Illustrations, indicator_id: str) -> Code:
    indicator = release.indicator(indicator_id)
    counted = indicator["aggregation"] != "finished"
    columns = [column("Nr.", 8, "zahl", leise=True), column("Gemeinde")]
    if counted:
        columns += [column("Zähler", 18, "zahl"), column("Nenner", 18, "zahl")]
    columns += [
        column(f"Wert {german.unit_symbol(indicator['unit'])}", 20, "zahl", fett=True),
        column("Spanne", 28, "zahl", leise=True),
        column("Vergleich mit dem Kreis", 36, "zeichen"),
        column(_change_title(indicator), 22, "zahl"),
    ]
    rows = figures.rows(indicator_id)
    verdicts = dict(rows.select("area_id", "verdict").iter_rows())
    trend = {row["area_id"]: row for row in _trend(release, indicator_id).iter_rows(named=True)}
    body = []
    for number, area_id, name in release.gemeinden.select("number", "area_id", "display_name").iter_rows():
        row = release.value(indicator_id, area_id)
        cells = [str(number), name, *_value_cells(row, indicator, counted)]
        body.append([*cells, verdict_cell(verdicts[area_id], row["status"]), _change(trend.get(area_id), indicator)])
    kreis = release.value(indicator_id, release.kreis_id)
    total = ["", kreis_name(release), *_value_cells(kreis, indicator, counted), ""]
    return call(
        "tabelle",
        spalten=columns,
        zeilen=body,
        kreis=[*total, _change(trend.get(release.kreis_id), indicator)],
        titel="Die Zahlen dazu",
        unter=f"Zähler: {indicator['numerator_text']}{_denominator_note(indicator)}" if counted else None,
        breite=Code("satzbreite"),
        zeilenhoehe=Code("3.95mm"),
    )


def _denominator_note(indicator: dict[str, Any]) -> str:
    return f"; Nenner: {indicator['denominator_text']}" if indicator["denominator_text"] else ""


def _value_cells(row: dict[str, Any], indicator: dict[str, Any], counted: bool) -> list[str | Code]:
    counts = [count_cell(row, "numerator"), count_cell(row, "denominator")] if counted else []
    return [*counts, number_cell(row, indicator["decimals"]), span_cell(row, indicator["decimals"])]


def _trend(release: Release, indicator_id: str) -> pl.DataFrame:
    return release.trend.filter(pl.col("indicator_id") == indicator_id)


def _change_title(indicator: dict[str, Any]) -> str:
    reference = indicator["reference_period"]
    return f"seit {reference[:4]}" if reference else "Entwicklung"


def _change(row: dict[str, Any] | None, indicator: dict[str, Any]) -> str | Code:
    """Difference since the reference period with its sign; where nothing can be said, a cell that says so."""
    if row is None or row["difference"] is None:
        return "nicht prüfbar"
    shown = german.number(row["difference"], indicator["decimals"])
    return join(f"{shown} ", call("zeichen", row["change"])) if row["change"] else shown


def _series(release: Release, figures: Illustrations, indicator_id: str) -> Code:
    indicator = release.indicator(indicator_id)
    picture = figures.time_series(indicator_id)
    periods = release.series(indicator_id, release.kreis_id)["period"].to_list()
    if indicator["kreis_value"] == "none" or not periods:
        periods = (
            release.series(indicator_id).filter(pl.col("area_level") == "gemeinde")["period"].unique().sort().to_list()
        )
    return join(
        call(
            "kopf",
            f"{indicator['short_name']} {periods[0][:4]} bis {periods[-1][:4]}",
            marke=f"{indicator_id} · Entwicklung",
            frage=sentences.series_lead(release, indicator_id),
            ebene=3,
        ),
        call("bild", picture.path, alt=picture.alt, breite=Code("satzbreite")),
        _series_table(release, indicator_id, _chosen(periods, breaks_of(indicator))),
        *[call("absatz", f"Bruch {moment}: {reason}.") for moment, reason in breaks_of(indicator)],
        call(
            "quelle",
            source_line(release, [indicator_id]),
            "Kleinster und größter Wert: je Jahr, nicht immer dieselbe Gemeinde.",
        ),
    )


def _chosen(periods: list[str], breaks: list[tuple[str, str]]) -> list[str]:
    """First, last, both sides of every break, and as many in between as the table has room for."""
    around = {year for moment, _ in breaks for year in moment.split("/")}
    wanted = {0, len(periods) - 1} | {i for i, period in enumerate(periods) if period[:4] in around}
    step = max(1, len(periods) // SERIES_YEARS)
    for i in range(0, len(periods), step):
        if len(wanted) < SERIES_YEARS:
            wanted.add(i)
    return [periods[i] for i in sorted(wanted)]


def _series_table(release: Release, indicator_id: str, periods: list[str]) -> Code:
    indicator = release.indicator(indicator_id)
    values = release.series(indicator_id).filter(pl.col("period").is_in(periods))
    gemeinden = values.filter(pl.col("area_level") == "gemeinde").group_by("period")
    lowest = dict(gemeinden.agg(pl.col("value").min()).iter_rows())
    highest = dict(gemeinden.agg(pl.col("value").max()).iter_rows())
    kreis = {row["period"]: row for row in release.series(indicator_id, release.kreis_id).iter_rows(named=True)}
    decimals = indicator["decimals"]

    def extreme(name: str, found: dict[str, float | None]) -> list[str | Code]:
        cells = [found.get(period) for period in periods]
        return [
            name,
            *(german.cell_text(value, decimals, "reported" if value is not None else "missing") for value in cells),
        ]

    missing = {"value": None, "status": "missing", "quality": None}
    own = [number_cell(kreis.get(period, missing), decimals) for period in periods]
    return call(
        "tabelle",
        spalten=[
            column(german.unit_symbol(indicator["unit"])),
            *(column(german.date_text(p), 18, "zahl") for p in periods),
        ],
        zeilen=[[kreis_name(release), *own], extreme("kleinster Wert", lowest), extreme("größter Wert", highest)],
        bruch_nach=_break_column(periods, breaks_of(indicator)),
        breite=Code("satzbreite"),
        gruppe=None,
    )


def _break_column(periods: list[str], breaks: list[tuple[str, str]]) -> int | None:
    """Behind which column of the table the newest break lies; the first column holds names."""
    if not breaks:
        return None
    after = breaks[-1][0].split("/")[-1]
    later = [i for i, period in enumerate(periods) if period[:4] >= after]
    return later[0] + 1 if later and later[0] else None


def _kreis_only(release: Release, indicator_ids: list[str]) -> Code:
    """Finished values that exist for the Kreis alone; never spread over Gemeinden."""
    rows = []
    for indicator_id in indicator_ids:
        indicator = release.indicator(indicator_id)
        row = release.value(indicator_id, release.kreis_id)
        value = number_cell(row, indicator["decimals"])
        rows.append(
            [indicator_id, indicator["name"], value, german.unit_symbol(row["unit"]), sentences.stand(indicator)]
        )
    return join(
        call(
            "kopf",
            "Nur für den Kreis bekannt",
            marke="Kreiswerte",
            ebene=2,
            frage="Diese fertigen Werte gibt es nur für den ganzen Kreis. Sie werden nicht auf Gemeinden übertragen.",
        ),
        call(
            "tabelle",
            spalten=[
                column("Kennung", 18),
                column("Indikator"),
                column("Kreis", 24, "zahl", fett=True),
                column("Einheit", 26),
                column("Stand", 34),
            ],
            zeilen=rows,
            breite=Code("satzbreite"),
            gruppe=None,
        ),
        call("quelle", source_line(release, indicator_ids)),
    )


def _rooms(release: Release, indicator_ids: list[str], *, new_page: bool) -> Code:
    """Values of the Sozialräume; an example partition says so in title and note."""
    rooms = release.sozialraeume
    note = release.edition["sozialraum_note"] if rooms["is_example"].any() else None
    rows = []
    for indicator_id in indicator_ids:
        indicator = release.indicator(indicator_id)
        cells = [number_cell(release.value(indicator_id, key), indicator["decimals"]) for key in rooms["area_id"]]
        kreis = number_cell(release.value(indicator_id, release.kreis_id), indicator["decimals"])
        rows.append([f"{indicator['short_name']} ({german.unit_symbol(indicator['unit'])})", *cells, kreis])
    label = release.edition["sozialraum_label"]
    heads = [column(f"{label} {i}", 21, "zahl") for i in range(1, rooms.height + 1)]
    title = f"{label} 1 bis {rooms.height}{f' ({note})' if note else ''}: Werte der Sozialräume"
    return join(
        call(
            "kopf",
            title,
            marke="Sozialräume",
            ebene=2,
            umbruch=new_page,
            frage="Anzahlen der Gemeinden addiert, dann geteilt. Fertige Werte lassen sich nicht zusammenrechnen.",
        ),
        call(
            "tabelle",
            spalten=[column("Indikator"), *heads, column("Kreis", 18, "zahl")],
            zeilen=rows,
            breite=Code("satzbreite"),
            gruppe=None,
        ),
        call("zeichen-legende", form="zeile"),
        call("quelle", source_line(release, indicator_ids)),
    )

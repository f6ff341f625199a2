"""Theme pages: for each indicator a spread with the three sentences, map, dot plot and table.

What belongs here: the order of a chapter and its spreads. What does not: sentences (`sentences`), figures
(`illustrations`), time series (`series`), values of the Kreis alone and of Sozialräume (`levels`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import markdown_text as md
from pipelines.publish import sentences
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.pages.ages import pyramid_page
from pipelines.publish.pages.levels import WITH_SOURCE, adds_up, kreis_only, missing_table, rooms
from pipelines.publish.pages.parts import (
    TESTED_TRENDS,
    VERDICT_HELP,
    beside,
    change_cell,
    change_legend,
    column,
    count_cell,
    count_decimals,
    difference_unit,
    key_list,
    kreis_name,
    legend,
    number_cell,
    span_cell,
    verdict_cell,
)
from pipelines.publish.pages.series import panels_page, series_page
from pipelines.publish.released import Release
from pipelines.publish.sentences import source_line
from pipelines.publish.typst_code import Code, block, call, join

DIRECTION = {1: "höher = mehr Bedarf an Unterstützung", -1: "niedriger = mehr Bedarf an Unterstützung"}
UNIT_WORDS = {"%": "in Prozent", "€": "in Euro", "€/m²": "in Euro je m²", "m²": "in m²"}
MAP_HELP = (
    f"Eine höhere Klasse heißt: höhere Werte. Die Grenzen gelten für alle Jahre. {german.CLASS_RULE}",
    "Die Zahl im Gebiet ist die Kennziffer der Gemeinde, nach dem Schlüssel vergeben. Sie ist keine Rangfolge.",
    "Ob ein Unterschied zum Kreis erkennbar ist, zeigt die nächste Seite, nicht die Farbe.",
)
SPAN_NOTE = (
    f"So stark kann ein Wert bei diesen Anzahlen zufällig schwanken ({german.percent(95, 0)}). "
    "Gezählt sind alle, es ist keine Stichprobe."
)
COUNTS = ("numerator", "denominator")
LONGEST_TITLE = 34  # characters of a name in the heading of a picture
SMALL_CHAPTER = 20  # so few rows, of indicators and of those of Sozialräume, share the opening page
# Themes whose figures count whoever has too little to live on
POVERTY = ("sgb2", "sgb12", "mindestsicherung")
REASONS_SHOWN = 6  # reasons for absent values that fit below the table; the data files have all
NAMES_SHOWN = 3  # areas named before a reason


def chapter(release: Release, name: str) -> str:
    """All pages of a chapter: a spread per indicator, time series where there are enough years, example areas."""
    figures = Illustrations(release)
    indicators = release.indicators.filter(pl.col("chapter") == name).sort("position")
    mapped, series = set(figures.mapped()), set(figures.with_series())
    told = sentences.with_figures(release)
    shown = [found for found in indicators["indicator_id"] if found in mapped & told]
    held = indicators.filter(pl.col("indicator_id").is_in(list(mapped - told)))
    only = indicators.filter(pl.col("data") == "kreis")["indicator_id"].to_list()
    without = indicators.filter(pl.col("data") == "none")
    code: list[Code] = [_overview(release, shown)] if shown else []
    small = len(shown) + sum(adds_up(release, name) for name in shown) <= SMALL_CHAPTER and not only
    if small:
        code.append(rooms(release, shown, new_page=False))
    for indicator_id in shown:
        code += [_left(release, figures, indicator_id), _right(release, figures, indicator_id)]
        if indicator_id in series:
            code += [series_page(release, figures, indicator_id), panels_page(release, figures, indicator_id)]
    code += pyramid_page(release, figures, name)
    if only:
        code.append(kreis_only(release, only))
    if shown and not small:
        code.append(rooms(release, shown, new_page=not only))
    if held.height:
        code.append(missing_table(_with_reason(release, held), "Geliefert, aber nicht ausgewiesen"))
    if without.height and not shown:
        code.append(missing_table(without))
    return block(*code)


def further_chapters(release: Release) -> str:
    """Chapters without a source of their own that have figures, since offices delivered them; nothing without such."""
    found = release.indicators.filter(pl.col("data") == "gemeinde", ~pl.col("chapter").is_in(WITH_SOURCE))
    names = found.sort("position")["chapter"].unique(maintain_order=True)
    return "\n".join(f"\n# {name}\n{chapter(release, name)}" for name in names)


def income_opening(release: Release) -> str:
    """What the chapter on income tells, and where figures on poverty stand, if there are any of Gemeinden."""
    found = release.indicators.filter(pl.col("theme_id").is_in(POVERTY), data="gemeinde").sort("position")
    if not found.height:
        poverty = "Eine Zahl zu Armut gibt es auf der Ebene der Gemeinden bisher nicht."
    elif sentences.with_figures(release).isdisjoint(found["indicator_id"]):
        poverty = "Zahlen zu Armut sind für die Gemeinden geliefert, aber aus Datenschutzgründen nicht ausgewiesen."
    else:
        poverty = f"Zahlen zu Leistungen gegen Armut stehen im Kapitel „{found['chapter'][0]}“."
    return md.paragraph(
        "Einkünfte der Steuerpflichtigen und Einnahmen der Gemeinden sind verschiedene Dinge: Die einen beschreiben "
        "Haushalte, die anderen die Kasse der Gemeinde.",
        poverty,
    )


def _with_reason(release: Release, indicators: pl.DataFrame) -> pl.DataFrame:
    """Indicators whose figures are held back, with the released reasons as why no figure stands there."""
    reasons = []
    for row in indicators.iter_rows(named=True):
        found = release.latest(row["indicator_id"], "gemeinde")["reason"].drop_nulls().unique().sort()
        reasons.append(f"{sentences.stand(row)}. {' '.join(found)}")
    return indicators.with_columns(pl.Series("missing_reason", reasons, dtype=pl.String))


def _overview(release: Release, indicator_ids: list[str]) -> Code:
    """What a chapter holds: every indicator with its Kreis value, span, date and page, by theme."""
    rows: list[Any] = []
    theme = None
    for indicator_id in indicator_ids:
        indicator = release.indicator(indicator_id)
        if indicator["theme"] != theme:
            theme = indicator["theme"]
            rows.append({"gruppe": theme})
        row = release.value(indicator_id, release.kreis_id)
        decimals, unit = indicator["decimals"], german.unit_symbol(indicator["unit"])
        cells = [number_cell(row, decimals), unit, span_cell(row, decimals), sentences.stand(indicator)]
        page = call("seite", f"ind-{indicator_id}")
        rows.append([indicator_id, sentences.grouped(indicator["name"]), *cells, page])
    columns = [
        column("Kennung", 14, leise=True),
        column("Indikator"),
        column(kreis_name(release), 17, "zahl", fett=True),
        column("Einheit", 14),
        column("Spanne", 24, "zahl", leise=True),
        column("Stand", 37),
        column("Seite", 10, "zahl"),
    ]
    return call("tabelle", spalten=columns, zeilen=rows, titel="In diesem Kapitel", breite=Code("satzbreite"))


def _left(release: Release, figures: Illustrations, indicator_id: str) -> Code:
    indicator = release.indicator(indicator_id)
    picture = figures.theme_map(indicator_id)
    parts = [
        call(
            "kopf",
            sentences.grouped(indicator["name"]),
            marke=f"{indicator_id} · {sentences.stand(indicator)}{_provisional(release, indicator_id)}",
            frage=sentences.grouped(indicator["question"]),
            ebene=2,
            kennung=f"ind-{indicator_id}",
        ),
        call(
            "drei-saetze",
            niveau=sentences.level(release, indicator_id),
            unterschied=sentences.difference(release, indicator_id),
            grenze=sentences.limit(release, indicator_id),
        ),
        beside(
            picture,
            f"{_title_name(indicator)} nach Gemeinden, {_title_stand(indicator)}",
            _map_subtitle(indicator),
            _legend(figures, indicator_id),
            call("randblock", "So lesen Sie die Karte", *MAP_HELP),
        ),
        call("schluessel", key_list(release), spalten=5, breite=Code("satzbreite")),
        call(
            "quelle",
            f"{source_line(release, [indicator_id])} Kennung in den Dateien: {indicator_id}.",
            breite=Code("satzbreite"),
        ),
    ]
    return join(*parts)


def _title_name(indicator: dict[str, Any]) -> str:
    """The name where a heading of a picture holds it, else the short name."""
    name = sentences.plain_name(indicator)
    return name if len(name) <= LONGEST_TITLE else sentences.grouped(indicator["short_name"])


def _title_stand(indicator: dict[str, Any]) -> str:
    """When the figure is from; of an election that the name says already only the year."""
    state = sentences.stand(indicator)
    return str(german.period_year(indicator["latest_period"])) if indicator["short_name"] in state else state


def _provisional(release: Release, indicator_id: str) -> str:
    qualities = release.latest(indicator_id, "gemeinde")["quality"]
    return " · vorläufig" if "provisional" in qualities else ""


def _map_subtitle(indicator: dict[str, Any]) -> str:
    """Unit, denominator and, where the indicator is judged, the direction."""
    unit = german.capitalised(UNIT_WORDS.get(indicator["unit"], german.unit_symbol(indicator["unit"])))
    base = indicator["denominator_text"]
    what = f"{unit}, bezogen auf {base}" if base else f"{unit}, fertig veröffentlicht"
    direction = DIRECTION.get(indicator["polarity"])
    return f"{what}; {direction}" if direction else what


def _legend(figures: Illustrations, indicator_id: str) -> Code:
    from pipelines.figures import maps

    indicator = figures.release.indicator(indicator_id)
    lines = maps.legend(figures.rows(indicator_id), figures.limits(indicator_id), indicator["decimals"])
    return legend(lines, f"Klassen ({german.unit_symbol(indicator['unit'])})")


def _right(release: Release, figures: Illustrations, indicator_id: str) -> Code:
    indicator = release.indicator(indicator_id)
    picture = figures.dot_plot(indicator_id)
    parts = [
        call("neue-seite"),
        beside(
            picture,
            _plot_title(release, indicator),
            f"Gemeinden in der Folge ihres Schlüssels, keine Rangfolge; {sentences.stand(indicator)}",
            *_margin(release, indicator),
        ),
        _table(release, figures, indicator_id),
        call("tabellenfuss", *_below(release, indicator_id)),
    ]
    return join(*parts)


def _plot_title(release: Release, indicator: dict[str, Any]) -> str:
    name = _title_name(indicator)
    compared = any(word != "kein Vergleich" for word in sentences.verdict_counts(release, indicator["indicator_id"]))
    what = "Wert" if indicator["interval"] == "none" else "Wert, Spanne"
    if not compared:
        return f"{name}: {what.replace(',', ' und')}"
    return f"{name}: {what} und Abstand zum Kreis"


def _margin(release: Release, indicator: dict[str, Any]) -> list[Code]:
    """Help beside the dot plot: only the words that occur on this page, one row read aloud, the span."""
    indicator_id = indicator["indicator_id"]
    counts = sentences.verdict_counts(release, indicator_id)
    found = [(word, text) for word, text in VERDICT_HELP if word in counts]
    code = [call("vergleichs-legende", found)] if found else []
    if "kein Vergleich" in counts:
        kreis = release.value(indicator_id, release.kreis_id)
        code.append(call("randblock", "Kein Vergleich", sentences.not_compared(indicator, kreis)))
    example = sentences.example(release, indicator_id)
    if example:
        code.append(call("randblock", "Beispiel", example))
    note = indicator["interval_note"]
    if indicator["interval"] == "none":
        code.append(call("randblock", "Keine Spanne", note or "Für diesen Wert gibt es keine Spanne."))
    else:
        code.append(call("randblock", "Die Spanne", *[text for text in (SPAN_NOTE, note) if text]))
    if indicator["relevance_threshold"] and indicator["interval"] != "none" and found:
        threshold = german.percent(indicator["relevance_threshold"] * 100, 0)
        code.append(call("randblock", "Bedeutsam", f"ab {threshold} Abstand zum Kreiswert (graues Band)"))
    return code


def _table(release: Release, figures: Illustrations, indicator_id: str) -> Code:
    indicator = release.indicator(indicator_id)
    counted = indicator["aggregation"] != "finished"
    areas = [*release.gemeinden["area_id"], release.kreis_id]
    values = [release.value(indicator_id, area_id) for area_id in areas]
    counts = {part: count_decimals(values, part) for part in COUNTS} if counted else {}
    kind = _development(release, indicator_id)
    verdicts = dict(figures.rows(indicator_id).select("area_id", "verdict").iter_rows())
    body = []
    for number, area_id, name in release.gemeinden.select("number", "area_id", "display_name").iter_rows():
        row = release.value(indicator_id, area_id)
        cells = [str(number), name, *_value_cells(row, indicator, counts)]
        trend = _development_cell(release, indicator, area_id, kind)
        body.append([*cells, verdict_cell(verdicts[area_id], row["status"]), *trend])
    kreis = release.value(indicator_id, release.kreis_id)
    total = ["", kreis_name(release), *_value_cells(kreis, indicator, counts), ""]
    return call(
        "tabelle",
        spalten=_columns(release, indicator, counted, kind),
        zeilen=body,
        kreis=[*total, *_development_cell(release, indicator, release.kreis_id, kind)],
        titel="Die Zahlen dazu",
        unter=f"Zähler: {indicator['numerator_text']}{_denominator_note(indicator)}" if counted else None,
        breite=Code("satzbreite" if counted or kind else "hauptspalte"),
        zeilenhoehe=Code("3.75mm"),
    )


def _columns(release: Release, indicator: dict[str, Any], counted: bool, kind: str | None) -> list[dict[str, Any]]:
    columns = [column("Nr.", 8, "zahl", leise=True), column("Gemeinde", None if counted else 40)]
    if counted:
        columns += [column("Zähler", 20, "zahl"), column("Nenner", 18, "zahl")]
    columns += [
        column(f"Wert {german.unit_symbol(indicator['unit'])}", 20, "zahl", fett=True),
        column("Spanne", 27, "zahl", leise=True),
        column("Vergleich mit dem Kreis", 36 if counted else None, "zeichen"),
    ]
    if kind == "difference":
        since = german.period_year(_reference(release, indicator["indicator_id"]) or "")
        columns.append(column(f"seit {since}\n{difference_unit(indicator)}", 18, "zahl"))
    elif kind == "trend":
        columns.append(column("Entwicklung", 32))
    return columns


def _denominator_note(indicator: dict[str, Any]) -> str:
    return f"; Nenner: {indicator['denominator_text']}" if indicator["denominator_text"] else ""


def _value_cells(row: dict[str, Any], indicator: dict[str, Any], counts: dict[str, int]) -> list[str | Code]:
    """Counts, each with the decimals of its column, value and span."""
    shown = [count_cell(row, part, decimals) for part, decimals in counts.items()]
    return [*shown, number_cell(row, indicator["decimals"]), span_cell(row, indicator["decimals"])]


def _development(release: Release, indicator_id: str) -> str | None:
    """What the last column shows: differences since a reference period, else trends, else nothing."""
    found = sentences.trends(release, indicator_id)
    rows = [found[area_id] for area_id in release.gemeinden["area_id"] if area_id in found]
    if any(row["difference"] is not None for row in rows):
        return "difference"
    return "trend" if any(row["trend"] in TESTED_TRENDS for row in rows) else None


def _changes(release: Release, indicator_id: str) -> list[str | None]:
    """Results of the tests of all differences in the last column; None where one was not tested."""
    found = sentences.trends(release, indicator_id)
    rows = [found[area_id] for area_id in [*release.gemeinden["area_id"], release.kreis_id] if area_id in found]
    return [row["change"] for row in rows if row["difference"] is not None]


def _reference(release: Release, indicator_id: str) -> str | None:
    rows = sentences.trends(release, indicator_id).values()
    return next((row["reference_period"] for row in rows if row["difference"] is not None), None)


def _development_cell(release: Release, indicator: dict[str, Any], area_id: str, kind: str | None) -> list[str | Code]:
    if kind is None:
        return []
    row = sentences.trends(release, indicator["indicator_id"]).get(area_id)
    if kind == "difference":
        return [change_cell(row, indicator["decimals"], any(_changes(release, indicator["indicator_id"])))]
    return [row["trend"] if row else "nicht prüfbar"]


def _below(release: Release, indicator_id: str) -> list[str | Code]:
    """Below the signs: what the last column means, why a value is absent, the source."""
    indicator = release.indicator(indicator_id)
    kind = _development(release, indicator_id)
    lines: list[str | Code] = []
    if kind == "difference":
        first = german.period_year(_reference(release, indicator_id) or "")
        last = german.period_year(indicator["latest_period"])
        intro = f"seit {first}: Wert {last} minus Wert {first}."
        lines.append(change_legend(intro, _changes(release, indicator_id)))
    absent = _absent(release, indicator_id)
    if absent:
        lines.append(f"Ohne Wert – {'; '.join(_reasons(absent, release.gemeinden.height)[:REASONS_SHOWN])}.")
    noted = _noted(release, indicator_id)
    if noted:
        lines.append(f"Besondere Werte – {'; '.join(noted)}.")
    untested = "" if kind else f" Entwicklung nicht prüfbar: {_untested(release, indicator_id)}."
    return [*lines, f"{source_line(release, [indicator_id])} Stand: {sentences.stand(indicator)}.{untested}"]


def _noted(release: Release, indicator_id: str) -> list[str]:
    """Areas whose number is estimated or of several years, in words."""
    names = dict(release.areas.select("area_id", "display_name").iter_rows()) | {release.kreis_id: kreis_name(release)}
    rows = pl.concat([release.latest(indicator_id, level) for level in ("gemeinde", "kreis")])
    noted = rows.filter(pl.col("status").is_in(german.NOTED_STATUSES)).head(REASONS_SHOWN)
    return [f"{names[row['area_id']]}: {german.status_words(row['status'])}" for row in noted.iter_rows(named=True)]


def _untested(release: Release, indicator_id: str) -> str:
    found = sentences.trends(release, indicator_id)
    return sentences.untested_reason([found[area_id] for area_id in release.gemeinden["area_id"] if area_id in found])


def _absent(release: Release, indicator_id: str) -> list[dict[str, Any]]:
    """Rows without value with the name of the Gemeinde, in the fixed order; also where the indicator has no figures."""
    areas = release.gemeinden.select("area_id", "display_name").iter_rows()
    rows = [{**release.value(indicator_id, area_id), "name": name} for area_id, name in areas]
    return [row for row in rows if row["value"] is None]


def _reasons(absent: list[dict[str, Any]], total: int) -> list[str]:
    """Why values are absent, each reason once with the areas it holds for."""
    names: dict[str, list[str]] = {}
    for row in absent:
        reason = row["reason"] or german.status_words(row["status"])
        names.setdefault(reason.rstrip("."), []).append(row["name"])
    return [f"{_who(found, total)}: {reason}" for reason, found in names.items()]


def _who(names: list[str], total: int) -> str:
    """Areas that share a reason: all of them, up to NAMES_SHOWN by name, else the first with a count."""
    if len(names) == total > 1:
        return f"alle {german.number_word(total)} Gemeinden"
    if len(names) <= NAMES_SHOWN:
        return german.join_words(names)
    first = NAMES_SHOWN - 1
    return f"{', '.join(names[:first])} und {german.number_word(len(names) - first)} weitere"

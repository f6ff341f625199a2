"""Write what the map explorer draws: `portal/data.js`, and per indicator `portal/daten/<ID>.js` and `<ID>-jahre.js`.

What belongs here: released values, outlines and German words as plain data for scripts. What does not: looks and
behaviour (`reports/theme/portal`), and any number that is not released. Numbers leave as they were released; the
browser puts them into German form by the rules of `pipelines.german` (tests compare both for every value).

The files assign to a global name, since a page opened from a folder may load scripts but not fetch data.
"""

from __future__ import annotations

import json
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from pipelines import german
from pipelines.figures import alt, maps, rows, style
from pipelines.indicators.trend import parse_breaks
from pipelines.publish import sentences
from pipelines.publish.released import Release
from pipelines.publish.webmap import Outlines, outlines
from pipelines.publish.words import LEVEL_WORDS, QUALITY_WORDS, direction, edition_line, slug, state_line

Row = dict[str, Any]
MAP_LEVELS = ("gemeinde", "sozialraum")
ON_PAGE = "gemeinde"  # the level whose outlines the start page holds
# How a verdict is said in a sentence about one area.
VERDICT_SENTENCES = {
    "höher": "höher als der Kreis",
    "niedriger": "niedriger als der Kreis",
    "ähnlich": "ähnlich wie der Kreis",
    "nicht unterscheidbar": "vom Kreis nicht unterscheidbar",
    "ohne Prüfung": "ohne Prüfung gegen den Kreis",
    "kein Vergleich": "kein Vergleich mit dem Kreis",
}
VERDICTS = tuple(VERDICT_SENTENCES)
# Escapes that keep a file of data harmless wherever it is pasted: no end of a script, no line end of old scripts.
_ESCAPES = str.maketrans({"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def write_data(release: Release, portal: Path, start: str | None) -> list[Path]:
    """Write `portal/data.js` and for every indicator `portal/daten/<ID>.js`; return the paths.

    A file of an indicator holds its latest values; all others, if there are any, are in `<ID>-jahre.js`.

    `start` is the indicator the page shows first; None takes the first of the catalogue. Same release, same bytes.
    """
    catalogue = release.indicators.sort("position").rows(named=True)
    if not catalogue:
        return []
    folder = portal / "daten"
    folder.mkdir(parents=True, exist_ok=True)
    common = portal / "data.js"
    _write(common, "globalThis.SOZIALATLAS", _common(release, catalogue, start or catalogue[0]["indicator_id"]))
    written = [common]
    for indicator in catalogue:
        key = indicator["indicator_id"]
        data = indicator_data(release, indicator)
        shown = {periods[-1] for periods in data["levels"].values() if periods} | {data["latest"]}
        earlier = {period: data["values"].pop(period) for period in list(data["values"]) if period not in shown}
        written.append(folder / f"{key}.js")
        _write(
            written[-1], f"(globalThis.SOZIALATLAS_DATEN ??= {{}})[{json.dumps(key)}]", {**data, "more": bool(earlier)}
        )
        if earlier:
            written.append(folder / f"{key}-jahre.js")
            _write(written[-1], f"(globalThis.SOZIALATLAS_JAHRE ??= {{}})[{json.dumps(key)}]", earlier)
    return written


def _write(path: Path, name: str, data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)
    path.write_text(f"{name} = {text};\n", encoding="utf-8", newline="\n")


# What all indicators share


def _common(release: Release, catalogue: list[Row], start: str) -> Row:
    edition = release.edition
    return {
        "edition": {
            "title": f"Sozialatlas {edition['kreis_name']}",
            "line": edition_line(edition),
            "state": state_line(edition),
            "run": edition["run_id"][:12],
            "year": edition["report_year"],
        },
        "kreis": {"id": release.kreis_id, "name": edition["kreis_name"], "short": edition["kreis_short_name"]},
        "levels": _levels(release),
        "boundaries": release.boundary_attributions,
        "classRule": german.CLASS_RULE,
        "themes": _themes(catalogue),
        "words": _words(),
        "start": start,
    }


def _levels(release: Release) -> list[Row]:
    """The levels with outlines, without what the start page draws already (`ON_PAGE`): the scripts read it there."""
    found = [level for name in MAP_LEVELS if (level := _level(release, name))]
    drawn = {level["outline"] for level in found if level["id"] == ON_PAGE}
    for level in found:
        if level["outline"] in drawn:
            del level["outline"]
    return found


def _level(release: Release, level: str) -> Row | None:
    """One level of areas with its outlines; None where there are no such areas or no boundaries at all."""
    geo = maps.geography(release.boundaries, release.areas, level, release.edition["neighbours"], release.mark(level))
    listed = rows.area_list(release.areas, level).rows(named=True)
    if not listed or release.boundaries.is_empty():
        return None
    is_room = level == "sozialraum"
    name = release.edition["sozialraum_label"] if is_room else LEVEL_WORDS[level]
    drawn: Outlines = outlines(geo)
    is_on_page = level == ON_PAGE
    return {
        "id": level,
        "name": name,
        "plural": ("Beispielräume" if name == "Beispielraum" else "Sozialräume") if is_room else "Gemeinden",
        "note": _level_note(release) if is_room else "",
        "prefix": maps.map_title("", "", geo),
        "viewBox": drawn.view_box,
        "outline": drawn.outline,
        "kilometre": drawn.kilometre,
        "outside": drawn.neighbours,
        "areas": [
            {
                "id": row["area_id"],
                "number": row["number"],
                "name": row["name"],
                "slug": slug(row["name"]),
                **_place(drawn, row["area_id"], is_on_page),
            }
            for row in listed
        ],
    }


def _place(drawn: Outlines, area_id: str, is_on_page: bool) -> Row:
    """Where the map shows an area; an area without outline has an empty path and is in the tables only."""
    if area_id not in drawn.paths:
        return {"x": 0.0, "y": 0.0, "path": ""}
    x, y = map(float, drawn.labels[area_id])
    return {"x": x, "y": y} | ({} if is_on_page else {"path": drawn.paths[area_id]})


def _level_note(release: Release) -> str:
    """What stands below the map of the Sozialräume: example or resolution, and which of them it cannot show."""
    edition = release.edition
    note = edition["sozialraum_note"] or maps.EXAMPLE_WORD
    absent = alt.without_outline(release.rooms_without_outline)
    is_decided = edition["sozialraeume_decided"]
    state = f"{german.capitalised(note)}." if is_decided else f"{note}: nicht beschlossen, nur ein Beispiel."
    return f"{state} {absent}".strip()


def _themes(catalogue: list[Row]) -> list[Row]:
    """Chapters and themes in the order of the catalogue, with their indicators."""
    themes: dict[str, Row] = {}
    for row in catalogue:
        theme = themes.setdefault(
            row["theme_id"],
            {
                "id": row["theme_id"],
                "chapter": row["chapter"],
                "name": sentences.grouped(row["theme"]),
                "indicators": [],
            },
        )
        theme["indicators"].append(
            {"id": row["indicator_id"], "name": sentences.grouped(row["short_name"]), "data": row["data"]}
        )
    return list(themes.values())


def _words() -> Row:
    """The words and signs of `pipelines.german` and `publish.words`: the scripts have none of their own for these."""
    return {
        "signs": german.STATUS_SIGNS,
        "statuses": german.STATUS_WORDS,
        "qualities": QUALITY_WORDS,
        "verdicts": list(VERDICTS),
        "verdictSentences": VERDICT_SENTENCES,
        "shapes": german.VERDICT_SHAPES,
        "withoutValue": list(german.NO_VALUE_STATUSES),
        "noted": list(german.NOTED_STATUSES),
        "inLegend": list(maps.ALWAYS_IN_LEGEND),
        "noSpan": german.NO_SPAN,
    }


# One indicator


def indicator_data(release: Release, indicator: Row) -> Row:
    """All released values of one indicator and the words around them, as the scripts expect them.

    `values[period]` holds an entry per area in the order of `areas`, 0 for none: value, lower, upper, numerator,
    denominator, status, quality, verdict, reason. A number that does not exist is null. 0 stands for the usual status
    (reported), the usual quality (final), no verdict and no reason; verdict and reason are places in `words.verdicts`
    and `reasons`, counted from one. Zeros at the end are left out.
    """
    key, decimals = indicator["indicator_id"], indicator["decimals"]
    limits = rows.class_limits(indicator)
    found = release.series(key).rows(named=True)
    reasons = list(dict.fromkeys(row["reason"] for row in found if row["reason"]))
    areas = sorted({row["area_id"] for row in found})
    credits = _credits(release, found)
    return {
        "id": key,
        "name": sentences.grouped(indicator["name"]),
        "short": sentences.grouped(indicator["short_name"]),
        "theme": indicator["theme_id"],
        "question": sentences.grouped(indicator["question"]),
        "data": indicator["data"],
        "unit": german.unit_symbol(indicator["unit"]),
        "suffix": german.with_unit("", indicator["unit"]),
        "decimals": decimals,
        "direction": direction(indicator),
        "context": indicator["context"],
        "numerator": indicator["numerator_text"] or "",
        "denominator": indicator["denominator_text"] or "",
        "limit": sentences.limit(release, key),
        "limits": limits,
        "classes": german.class_texts(limits, decimals),
        "shades": [style.SEQUENTIAL.index(colour) + 1 for colour in style.class_colours(len(limits) + 1)],
        "breaks": [
            {"before": gap.before, "after": gap.after, "label": gap.label, "reason": gap.reason}
            for gap in parse_breaks(indicator["breaks"])
        ],
        "missing": {"reason": indicator["missing_reason"] or "", "deliverer": indicator["deliverer"] or ""},
        "latest": indicator["latest_period"],
        "periods": _periods(indicator, found, credits),
        "levels": {level: _periods_of(found, level) for level in MAP_LEVELS},
        "credits": credits,
        "reasons": reasons,
        "areas": areas,
        "values": _values(found, _verdicts(release).get(key, {}), reasons, areas),
        "leads": _leads(release, indicator),
    }


def _periods(indicator: Row, found: list[Row], credits: list[Row]) -> list[Row]:
    """Every period with its year, its words and the places of its sources in `credits`."""
    by_period: dict[str, list[Row]] = {}
    for row in found:
        by_period.setdefault(row["period"], []).append(row)
    listed = []
    for period in sorted(by_period):
        ids = _source_ids(by_period[period])
        listed.append(
            {
                "id": period,
                "year": german.period_year(period),
                "text": german.period_text(period),
                "stand": german.period_text(period, indicator["stand_text"]),
                "credits": [place for place, credit in enumerate(credits) if credit["id"] in ids],
            }
        )
    return listed


def _periods_of(found: list[Row], level: str) -> list[str]:
    """The periods a level can show: those with values there, else those of the Kreis, else the latest with rows."""
    known = [row for row in found if row["value"] is not None]
    for wanted in (level, "kreis"):
        if periods := {row["period"] for row in known if row["area_level"] == wanted}:
            return sorted(periods)
    return sorted({row["period"] for row in found})[-1:]


def _source_ids(found: list[Row]) -> set[str]:
    return {key for ids in {row["source_ids"] for row in found if row["source_ids"]} for key in ids.split(";")}


def _credits(release: Release, found: list[Row]) -> list[Row]:
    """The sources of these rows in order of their keys, once per attribution: id, attribution, licence."""
    ids = _source_ids(found)
    return [credit for credit in _all_credits(release) if credit["id"] in ids]


@lru_cache(maxsize=2)
def _all_credits(release: Release) -> list[Row]:
    once = release.sources.unique(["source_id", "attribution"], keep="first").sort("source_id", "attribution")
    columns = once.select(id="source_id", attribution="attribution", licence="licence")
    return columns.rows(named=True)


def _values(
    found: list[Row], verdicts: dict[tuple[str, str], str], reasons: list[str], areas: list[str]
) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {}
    for row in found:
        verdict = verdicts.get((row["area_id"], row["period"]))
        entry = [
            *(_plain(row[name]) for name in ("value", "lower", "upper", "numerator", "denominator")),
            0 if row["status"] == "reported" else row["status"],
            0 if row["quality"] in (None, "final") else row["quality"],
            1 + VERDICTS.index(verdict) if verdict else 0,
            1 + reasons.index(row["reason"]) if row["reason"] else 0,
        ]
        while entry and entry[-1] == 0 and len(entry) > 5:
            entry.pop()
        values.setdefault(row["period"], [0] * len(areas))[areas.index(row["area_id"])] = entry
    return values


def _plain(value: float | None) -> float | int | None:
    """Whole numbers without „.0“: the same number in fewer bytes."""
    return int(value) if value is not None and value.is_integer() else value


def _leads(release: Release, indicator: Row) -> Row:
    """What a sentence says about the development, by area; areas without a series are left out."""
    lead = partial(sentences.series_lead, release, indicator["indicator_id"])
    found = {area: lead(area) for area in sorted(sentences.trends(release, indicator["indicator_id"]))}
    if release.kreis_id in found:
        found[release.kreis_id] = lead()
    return {area: text for area, text in found.items() if text}


@lru_cache(maxsize=2)
def _verdicts(release: Release) -> dict[str, dict[tuple[str, str], str]]:
    """The released verdicts by indicator, then by area and period."""
    found: dict[str, dict[tuple[str, str], str]] = {}
    columns = release.comparison.select("indicator_id", "area_id", "period", "verdict")
    for key, area, period, verdict in columns.iter_rows():
        found.setdefault(key, {})[(area, period)] = verdict
    return found

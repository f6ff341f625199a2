"""The profile of a Gemeinde (Steckbrief), two pages: the same order and the same indicators for all.

What belongs here: one area against the Kreis. What does not: a comparison of two Gemeinden, ranks, recommendations.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import sentences
from pipelines.publish.illustrations import (
    AGE_SHARES,
    BESIDE_PYRAMID,
    SERIES_WIDTH,
    SMALL_PYRAMID,
    Illustration,
    Illustrations,
)
from pipelines.publish.pages.parts import (
    DENSITY,
    PEOPLE_AND_AREA,
    TESTED_TRENDS,
    VERDICT_HELP,
    change_cell,
    change_legend,
    column,
    difference_unit,
    known_ids,
    number_cell,
    people_and_area,
    people_and_area_stand,
    qr_code,
    status_cell,
    web_line,
)
from pipelines.publish.released import Release
from pipelines.publish.sentences import source_line
from pipelines.publish.typst_code import Code, block, call, join, length
from pipelines.publish.words import deliverer

# The same rows for every Gemeinde, grouped as the atlas is. An id the release does not have is left out for all.
CORE = ("D02", "D03e", "D04", "D12e", "E01", "E06", "N05", "E08", "N07", "A13", "W01", "W02", "W05", "P01b", "P01a")
EMPLOYMENT = "E06"
QUESTIONS = (
    "Passen die Zahlen zum Bild vor Ort? Was prägt einzelne Jahre, etwa Neubau, Unterkünfte oder Betriebe? "
    "Welche Angebote fehlen in dieser Übersicht?"
)
LEFT_OPEN = 3  # themes without figures on the first page; the second names all
NOTABLE = 3
LONGEST_HEAD = 20  # characters of a name that a column head holds on two lines
THEMES_NAMED = 5
PYRAMID = "Anteil an allen in Prozent, Alter in Jahren"
DEVELOPMENT_HELP = "Reihen ohne Bruch. Ergebnis der Prüfung: ganzer Zeitraum; Differenz: seit dem genannten Jahr"
DEVELOPMENTS = 6  # rows of the table of developments, so that two pages hold every profile


def profile(release: Release, area_id: str, level: int = 1) -> str:
    """Both pages of one Gemeinde. level: heading level, 1 in a document of its own, 2 within the atlas."""
    return block(*_first(release, area_id, level), *_second(release, area_id, level))


def all_profiles(release: Release) -> str:
    """A register with pages, then the profiles of all Gemeinden in their fixed order."""
    profiles = (profile(release, area_id, level=2) for area_id in release.gemeinden["area_id"])
    return block(_register(release)) + "".join(profiles)


def _register(release: Release) -> Code:
    """Where each profile stands, with the figures by which a reader recognises a place."""
    rows = []
    for number, area_id, name in release.gemeinden.select("number", "area_id", "display_name").iter_rows():
        page = call("seite", f"gebiet-{area_id}")
        rows.append([str(number), name, area_id, *people_and_area(release, area_id), page])
    return call(
        "tabelle",
        spalten=[
            column("Nr.", 8, "zahl", leise=True),
            column("Stadt oder Gemeinde"),
            column("Schlüssel", 26),
            *PEOPLE_AND_AREA,
            column("Seite", 18, "zahl", fett=True),
        ],
        zeilen=rows,
        titel="Steckbriefe nach Seiten",
        unter=people_and_area_stand(release),
        breite=Code("satzbreite"),
        zeilenhoehe=Code("5.2mm"),
    )


def _first(release: Release, area_id: str, level: int) -> list[Code]:
    area = release.area_row(area_id)
    figures = Illustrations(release)
    locator = figures.locator(area_id)
    ids = _core(release)
    return [
        call(
            "steckbrief-kopf",
            area["display_name"],
            marke=f"Steckbrief · Gemeindeschlüssel {area_id}",
            satz=sentences.profile_lead(release, area_id, ids),
            kennzahlen=_key_figures(release, area_id),
            lage=(locator.path, locator.alt),
            lagetext=f"Lage im {release.edition['kreis_short_name']}. {figures.attribution}",
            ebene=level,
            kennung=f"gebiet-{area_id}",
        ),
        *_ages(release, figures, area_id),
        call(
            "ruecken-tabelle",
            gebiet=area["display_name"] if len(area["display_name"]) <= LONGEST_HEAD else "Wert",
            gruppen=_groups(release, area_id, ids),
            fehlend=_missing(release),
            titel=f"{german.capitalised(german.number_word(len(ids)))} Indikatoren im Vergleich mit dem Kreis",
            unter="Eigener Maßstab je Zeile: Mitte = Kreiswert, hell = alle Gemeinden, dunkel = mittlere Hälfte",
            zeilenhoehe=Code("4.5mm"),
        ),
        call(
            "tabellenfuss",
            source_line(release, [*ids, *(name for name in (DENSITY, EMPLOYMENT) if name in known_ids(release))]),
            zeichen=False,
        ),
    ]


def _ages(release: Release, figures: Illustrations, area_id: str) -> list[Code]:
    picture = figures.age_bars(area_id)
    if picture is None:
        return []
    state = sentences.stand(release.indicator(AGE_SHARES[0]))
    return [
        call(
            "bild",
            picture.path,
            alt=picture.alt,
            titel=f"Altersaufbau am {state}",
            unter="Anteil an allen Einwohnerinnen und Einwohnern in Prozent, Alter in Jahren",
            breite=Code("satzbreite"),
        )
    ]


def _core(release: Release) -> list[str]:
    known = release.indicators.filter(pl.col("data") == "gemeinde").sort("position")["indicator_id"]
    return [name for name in known if name in CORE]


def _key_figures(release: Release, area_id: str) -> list[Code]:
    """People, area, density, employees: the counts behind two indicators, as released."""
    code = []
    if DENSITY in known_ids(release):
        density, kreis = (release.value(DENSITY, key) for key in (area_id, release.kreis_id))
        moment = sentences.stand(release.indicator(DENSITY), density["period"])
        place = release.edition["kreis_short_name"]
        compared = "" if kreis["value"] is None else f"{place} {german.number(kreis['value'], 0)}"
        code += [
            _key_figure(density, "numerator", "Einwohnerinnen und Einwohner", moment),
            _key_figure(density, "denominator", "Fläche", moment, unit="km²", decimals=2),
            _key_figure(density, "value", "Menschen je km²", compared),
        ]
    if EMPLOYMENT in known_ids(release):
        work = release.value(EMPLOYMENT, area_id)
        moment = sentences.stand(release.indicator(EMPLOYMENT), work["period"])
        code.append(_key_figure(work, "numerator", "Beschäftigte mit Wohnort hier", moment))
    return code


def _key_figure(row: dict[str, Any], part: str, what: str, line: str, unit: str = "", decimals: int = 0) -> Code:
    """A large number; without one the sign of the status, with its words below."""
    if row[part] is None:
        return call("kennzahl", german.status_sign(row["status"]), what, german.status_words(row["status"]))
    return call("kennzahl", german.with_unit(german.number(row[part], decimals), unit), what, line)


def _groups(release: Release, area_id: str, ids: list[str]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for indicator_id in ids:
        groups.setdefault(release.indicator(indicator_id)["chapter"], []).append(_row(release, area_id, indicator_id))
    return [{"titel": name, "zeilen": rows} for name, rows in groups.items()]


def _row(release: Release, area_id: str, indicator_id: str) -> dict[str, Any]:
    indicator = release.indicator(indicator_id)
    row, kreis = release.value(indicator_id, area_id), release.value(indicator_id, release.kreis_id)
    decimals = indicator["decimals"]
    verdict = sentences.verdicts_at_latest(release, indicator_id).get(area_id, "kein Vergleich")
    shown = row["value"] is not None
    return {
        "name": indicator["short_name"],
        "stand": _moment(row),
        "wert": _value(row, indicator),
        "spanne": german.span_text(row["lower"], row["upper"], "", decimals) if shown else status_cell(row["status"]),
        "kreis": german.value_text(kreis["value"], "", decimals, kreis["status"])
        if kreis["value"] is not None
        else status_cell(kreis["status"]),
        "urteil": verdict if shown else german.STATUS_SHORT[row["status"]],
        "lage": _place(release, indicator_id, row, kreis) if verdict != "kein Vergleich" else None,
        "text": _instead(row, kreis),
    }


def _value(row: dict[str, Any], indicator: dict[str, Any]) -> str | Code:
    """The value with its unit, or the sign of its status."""
    cell = number_cell(row, indicator["decimals"])
    return cell if isinstance(cell, Code) else german.with_unit(cell, indicator["unit"])


def _moment(row: dict[str, Any]) -> str:
    """When a value is from, and that it is estimated or of several years."""
    note = f", {german.status_words(row['status'])}" if row["status"] in german.NOTED_STATUSES else ""
    return german.date_text(row["period"].replace("/", " bis ")) + note


def _instead(row: dict[str, Any], kreis: dict[str, Any]) -> str:
    """Words in the place of the picture."""
    if row["value"] is None:
        return german.STATUS_SHORT[row["status"]]
    return "kein Kreiswert" if kreis["value"] is None else "Kreiswert nicht vergleichbar"


def _place(
    release: Release, indicator_id: str, row: dict[str, Any], kreis: dict[str, Any]
) -> dict[str, float | None] | None:
    """Where the value lies among all Gemeinden; None where there is nothing to place it against."""
    if row["value"] is None or kreis["value"] is None:
        return None
    own = {"kreis": kreis["value"], "wert": row["value"], "unten": row["lower"], "oben": row["upper"]}
    return {**_spread(release, indicator_id), **own}


@lru_cache(maxsize=64)
def _spread(release: Release, indicator_id: str) -> dict[str, Any]:
    """Least, greatest and middle half of the Gemeinden: the ground of a row of the spine."""
    values = release.latest(indicator_id, "gemeinde")["value"].drop_nulls()
    low, high = values.quantile(0.25, "linear"), values.quantile(0.75, "linear")
    return {"min": values.min(), "q1": low, "q3": high, "max": values.max()}


def _missing(release: Release) -> list[tuple[str, str]]:
    """The first indicator of some themes that have no figures for any Gemeinde."""
    first = _empty_themes(release).unique("theme_id", keep="first", maintain_order=True).head(LEFT_OPEN)
    return [(row["short_name"], f"keine Angabe · lieferbar: {deliverer(row)}") for row in first.iter_rows(named=True)]


@lru_cache(maxsize=2)
def _empty_themes(release: Release) -> pl.DataFrame:
    themes = release.indicators.group_by("theme_id").agg((pl.col("data") == "gemeinde").any().alias("any"))
    return release.indicators.join(themes.filter(~pl.col("any")), on="theme_id").sort("position")


def _second(release: Release, area_id: str, level: int) -> list[Code]:
    name = release.area_row(area_id)["display_name"]
    return [
        call("neue-seite"),
        call("zwischentitel", f"{name}: Orientierungsindex", ebene=level + 1),
        *_index(release, area_id),
        call("zwischentitel", "Was sich erkennbar vom Kreis unterscheidet", ebene=level + 1),
        *_notable(release, area_id),
        *_own_pictures(release, area_id),
        *_development(release, area_id, level),
        call("zwischentitel", "Was noch fehlt", ebene=level + 1),
        call("absatz", _gaps(release), breite=Code("satzbreite")),
        *_questions(release, area_id, level),
        call("tabellenfuss", call("vergleichs-zeile", VERDICT_HELP), *_change_signs(release, area_id)),
    ]


def _own_pictures(release: Release, area_id: str) -> list[Code]:
    """The series of the Gemeinde and its ages by sex, side by side, as far as the release holds them."""
    figures = Illustrations(release)
    parts, widths = [], []
    found = figures.own_series(area_id)
    if found is not None:
        indicator_id, picture = found
        name = release.indicator(indicator_id)["short_name"]
        parts.append(_picture(picture, f"{name} im Zeitverlauf", sentences.series_lead(release, indicator_id, area_id)))
        widths.append(BESIDE_PYRAMID if figures.pyramid(area_id) else SERIES_WIDTH)
    for picture in figures.pyramid(area_id):
        parts.append(_picture(picture, "Altersaufbau nach Geschlecht", PYRAMID))
        widths.append(SMALL_PYRAMID)
    if not parts:
        return []
    return [call("nebeneinander", *parts, spalten=[length(width) for width in widths])]


def _picture(picture: Illustration, title: str, under: str) -> Code:
    return call("bild", picture.path, alt=picture.alt, titel=title, unter=under)


def _index(release: Release, area_id: str) -> list[Code]:
    rows = release.index.filter(pl.col("area_id") == area_id)
    row = rows.row(0, named=True) if rows.height else None
    if row is None or row["value"] is None:
        reason = row["reason"] if row else "Der Index wurde nicht berechnet."
        return [call("absatz", reason, breite=Code("satzbreite"))]
    stability = german.stability_text(row["stability"])
    lead = (
        f"Unterstützungsbedarf im Vergleich der Gemeinden: {row['class_text']}. Stabilität der Klasse: {stability} "
        f"({row['stability_name']}). Vorläufiger Index aus Erwerb, Qualifikation und Einkommen; kein Armutsindex."
    )
    members = release.index_members.filter(pl.col("area_id") == area_id)
    cells = []
    for member in members.iter_rows(named=True):
        indicator = release.indicator(member["indicator_id"])
        value = german.value_text(member["value"], indicator["unit"], indicator["decimals"], member["status"])
        cells.append(
            [
                indicator["name"],
                value,
                sentences.stand(indicator, member["period"]),
                german.number(member["contribution"], 2),
                call("wort", member["verdict"] or "kein Vergleich"),
            ]
        )
    return [
        call("absatz", lead, breite=Code("satzbreite")),
        call(
            "tabelle",
            spalten=[
                column("Bestandteil"),
                column("Wert", 26, "zahl"),
                column("Stand", 42),
                column("Beitrag", 20, "zahl"),
                column("Vergleich mit dem Kreis", 40, "zeichen"),
            ],
            zeilen=cells,
            breite=Code("satzbreite"),
            gruppe=None,
        ),
    ]


def _notable(release: Release, area_id: str) -> list[Code]:
    """Up to three differences in each direction of need; context is never among them."""
    groups: dict[str, list[str]] = {"mehr": [], "weniger": [], "offen": []}
    for indicator_id, verdict in sentences.verdicts_of(release, area_id):
        indicator = release.indicator(indicator_id)
        if verdict in ("höher", "niedriger") and not indicator["context"]:
            sign = (1 if verdict == "höher" else -1) * indicator["polarity"]
            group = "offen" if not sign else "mehr" if sign > 0 else "weniger"
            row = release.value(indicator_id, area_id)
            shown = german.value_text(row["value"], row["unit"], indicator["decimals"])
            groups[group].append(f"{indicator['short_name']} {shown}, {verdict} als im Kreis")
    heads = (
        ("mehr", "Hinweise auf mehr Bedarf"),
        ("weniger", "Hinweise auf weniger Bedarf"),
        ("offen", "Unterschiede ohne Wertung"),
    )
    pairs = [
        (head, "; ".join(groups[name][:NOTABLE]) or "keine erkennbaren und bedeutsamen Unterschiede")
        for name, head in heads
    ]
    return [call("angaben", pairs, breite=Code("satzbreite"), spalte=Code("46mm"))]


def _development(release: Release, area_id: str, level: int) -> list[Code]:
    """Indicators whose development was tested here; without any, one sentence."""
    head = call("zwischentitel", "Entwicklung", ebene=level + 1, unter=DEVELOPMENT_HELP)
    rows = _developments(release, area_id)
    if not rows:
        text = "Keine Reihe hat genug vergleichbare Zeitpunkte für eine Prüfung."
        return [head, call("absatz", text, breite=Code("satzbreite"))]
    columns = [
        column("Indikator"),
        column("Zeitraum", 28),
        column("Ergebnis der Prüfung", 40),
        column("Differenz", 26, "zahl"),
        column("Einheit", 22),
        column("seit", 16, "zahl", leise=True),
    ]
    cells = [_development_row(release.indicator(row["indicator_id"]), row) for row in rows]
    return [head, call("tabelle", spalten=columns, zeilen=cells, breite=Code("satzbreite"), gruppe=None)]


def _developments(release: Release, area_id: str) -> list[dict[str, Any]]:
    """Trends that were tested here, in the order of the catalogue, as many as the table has room for."""
    found = (sentences.trends(release, name).get(area_id) for name in known_ids(release))
    rows = [row for row in found if row and row["trend"] in TESTED_TRENDS]
    return sorted(rows, key=lambda row: release.indicator(row["indicator_id"])["position"])[:DEVELOPMENTS]


def _change_signs(release: Release, area_id: str) -> list[str | Code]:
    """What the signs after the differences mean; nothing without differences."""
    changes = [row["change"] for row in _developments(release, area_id) if row["difference"] is not None]
    return [change_legend("Differenz:", changes)] if changes else []


def _development_row(indicator: dict[str, Any], row: dict[str, Any]) -> list[Any]:
    span = f"{german.period_year(row['segment_from'])} bis {german.period_year(row['segment_to'])}"
    since = str(german.period_year(row["reference_period"])) if row["reference_period"] else "kein Jahr"
    change = change_cell(row, indicator["decimals"])
    return [indicator["short_name"], span, row["trend"], change, difference_unit(indicator), since]


def _gaps(release: Release) -> str:
    themes = sentences.empty_themes(release)
    if not themes:
        return "Zu jedem Thema liegt für die Gemeinden mindestens ein Indikator vor."
    count = "einem Thema" if len(themes) == 1 else f"{german.number_word(len(themes))} Themen"
    some = ", darunter " if len(themes) > THEMES_NAMED else ": "
    return (
        f"Zu {count} liegt für keine Gemeinde eine Zahl vor{some}{sentences.join_themes(themes[:THEMES_NAMED])}. "
        "Alle nennt der Sozialatlas unter „Was wir wissen, und was noch fehlt“, mit den Stellen, die liefern können."
    )


def _questions(release: Release, area_id: str, level: int) -> list[Code]:
    """What to ask on the spot; beside it the code to the page of the Gemeinde where its address is known."""
    code = qr_code(Illustrations(release), area_id)
    text = f"{QUESTIONS} {_feedback(release, area_id)}"
    page: list[Any] = [" Webseite der Gemeinde im Sozialatlas: ", web_line(release, area_id)] if code else []
    body = join(
        call("zwischentitel", "Fragen an die Gemeinde", ebene=level + 1),
        call("absatz", join(text, *page), breite=Code("100%")),
    )
    return [call("mit-code", body, code=code, ueber=length(6))]


def _feedback(release: Release, area_id: str) -> str:
    about = release.edition
    return (
        f"Rückmeldung der Gemeinde: offen. Kennung des Bogens: {about['report_year']}-{area_id}-{about['run_id'][:8]}. "
        "Fragen und Hinweise nimmt die Ansprechperson im Impressum des Sozialatlas entgegen."
    )

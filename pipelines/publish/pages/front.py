"""The first pages: title, imprint, contents, overview, reading help, planning areas, what is known and what is not.

What belongs here: pages about the whole edition. What does not: single indicators (`themes`) or areas (`profile`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.publish import sentences
from pipelines.publish.illustrations import Illustrations, planning_title
from pipelines.publish.pages.parts import (
    SPAN_HELP,
    VERDICT_HELP,
    column,
    kreis_name,
    source_line,
)
from pipelines.publish.released import Release
from pipelines.publish.typst_code import Code, block, call, show
from pipelines.publish.words import edition_line, state_line

# What a council member asks first: people, work, income, housing, taking part. Shown where the release has them.
GAP_NOTE = "Eine Lücke ist eine Lücke der Daten, kein Hinweis auf fehlenden Bedarf."
KEY_FIGURES = ("D01", "D04", "E01", "E06", "E08", "A13", "W01", "P01b")


def edition(release: Release, name: str, area: str | None = None) -> str:
    """The rule that sets title, head and foot of a document; the first thing a source prints."""
    about = release.edition
    who = release.area_row(area)["display_name"] if area else about["kreis_name"]
    return block(
        show(
            "ausgabe",
            titel=f"{name} {who}, Ausgabe {about['report_year']}",
            kreis=about["kreis_name"],
            name=name,
            stand=f"Datenstand {about['data_from']} bis {about['data_to']}",
            lauf=about["run_id"],
            zustand=about["state"],
            kennzeichnung=about["label"],
        )
    )


def title(release: Release) -> str:
    """Title page. Says that the edition is a draft without scientific review."""
    about = release.edition
    picture = Illustrations(release).planning_areas()
    return block(
        call(
            "titelseite",
            titel="Sozialatlas",
            kreis=about["kreis_name"],
            untertitel="Zahlen für die strategische Sozialplanung: was wir wissen, wie sicher wir sind, was noch fehlt",
            ausgabe=edition_line(about),
            herausgeber=about["publisher"],
            zustand=[state_line(about), "ohne wissenschaftliche Freigabe", f"Lauf {about['run_id'][:12]}"],
            bild=picture.path,
            alt=picture.alt,
        )
    )


def imprint(release: Release) -> str:
    """Imprint: publisher, contact, licence, how to cite, run, attribution of every source."""
    about = release.edition
    citation = (
        f"{about['publisher']} ({about['report_year']}): Sozialatlas {about['kreis_name']}, {edition_line(about)}, "
        f"{about['state']}, Lauf {about['run_id'][:12]}."
    )
    facts = [
        ("Herausgeber", about["publisher"]),
        ("Ansprechperson", about["contact"]),
        ("Ausgabe", edition_line(about)),
        ("Stand", state_line(about)),
        ("Zitiervorschlag", citation),
        ("Lauf", about["run_id"]),
        ("Programm", f"Sozialatlas {about['version']}, Lizenz EUPL-1.2"),
        ("Auftrag", "Kreistag, Vorlage 3003-2020/DaDi, Strategische Sozialplanung"),
    ]
    sources = release.sources.sort("source_id", "edition", "file").unique(
        "attribution", keep="first", maintain_order=True
    )
    return block(
        call("kopf", "Impressum und Quellenvermerke", ebene=1, nummer=False),
        call("angaben", facts, breite=Code("satzbreite")),
        call("zwischentitel", "Quellenvermerke", ebene=2),
        *(
            call("absatz", f"{row['attribution']} ({row['title']}; {row['licence']})")
            for row in sources.iter_rows(named=True)
        ),
        call(
            "absatz",
            "Karten: Grenzen vereinfacht. Anteile, Spannen, Vergleiche und Index sind eigene Berechnungen.",
        ),
    )


def contents(release: Release) -> str:
    """Table of contents."""
    return block(call("inhalt"))


def at_a_glance(release: Release) -> str:
    """Eight key figures with span, and what is new, certain and missing."""
    known = set(release.indicators.filter(pl.col("data") == "gemeinde")["indicator_id"])
    chosen = [name for name in KEY_FIGURES if name in known]
    return block(
        call("kopf", "Auf einen Blick", ebene=1, nummer=False, frage=sentences.unknown_lead(release)),
        call("kennzahlen", *(_key_figure(release, name) for name in chosen), spalten=4),
        call(
            "zwischentitel",
            "Wie die Gemeinden um den Kreiswert liegen",
            ebene=2,
            unter="Zahl der Gemeinden je Ergebnis des Vergleichs",
        ),
        _verdict_table(release, chosen),
        call("zwischentitel", "Was diese Ausgabe nicht enthält", ebene=2),
        call("absatz", _missing_sentence(release), breite=Code("satzbreite")),
        call("quelle", source_line(release, chosen), breite=Code("satzbreite")),
    )


def _key_figure(release: Release, indicator_id: str) -> Code:
    indicator = release.indicator(indicator_id)
    row = release.value(indicator_id, release.kreis_id)
    shown = german.value_text(row["value"], row["unit"], indicator["decimals"], row["status"])
    span = german.span_text(row["lower"], row["upper"], row["unit"], indicator["decimals"])
    return call(
        "kennzahl",
        shown,
        indicator["name"],
        sentences.stand(indicator, row["period"]),
        f"Spanne {span}" if row["lower"] is not None else span,
    )


def _verdict_table(release: Release, indicator_ids: list[str]) -> Code:
    words = ("höher", "niedriger", "ähnlich", "nicht unterscheidbar", "ohne Prüfung")
    figures, rows = Illustrations(release), []
    for indicator_id in indicator_ids:
        counts = dict(figures.rows(indicator_id).drop_nulls("verdict").group_by("verdict").len().iter_rows())
        cells = [german.number(counts[word]) if word in counts else "–" for word in words]
        rows.append([release.indicator(indicator_id)["name"], *cells])
    heads = [column("Indikator"), *(column(word, 26, "zahl") for word in words)]
    return call("tabelle", spalten=heads, zeilen=rows, breite=Code("satzbreite"), gruppe=None)


def _missing_sentence(release: Release) -> str:
    themes = _themes(release).filter(pl.col("columns") == 0)["theme"].to_list()
    if not themes:
        return "Zu jedem Thema liegt für die Gemeinden mindestens ein Indikator vor."
    return f"Für keine Gemeinde liegen Zahlen vor zu: {german.join_words(themes)}. {GAP_NOTE}"


def reading_help(release: Release) -> str:
    """One page: class, span, comparison, signs, and how not to read the atlas."""
    return block(
        call("kopf", "Lesehilfe", ebene=1, nummer=False, frage="Wie die Zahlen gemeint sind, und was sie nicht sagen."),
        call(
            "aussagen",
            [
                ("Wert", "Der Anteil oder Betrag im Gebiet, mit Stichtag. Zähler und Nenner stehen in der Tabelle."),
                (
                    "Spanne",
                    SPAN_HELP,
                ),
                ("Vergleich", "Mit dem Wert des ganzen Kreises. Zwei Gemeinden werden nicht miteinander verglichen."),
                (
                    "Höher, niedriger",
                    "Nur wenn die ganze Spanne jenseits des Kreiswerts liegt und der Abstand bedeutsam ist.",
                ),
                (
                    "Entwicklung",
                    "Nur ohne Bruch. Über eine neue Volkszählung hinweg wird nicht gerechnet.",
                ),
                (
                    "Kein Wert",
                    "Ein Zeichen sagt, warum. Fehlend ist nie null; ein Kreiswert wird nie übertragen.",
                ),
                (
                    "Grenze",
                    "Die Zahlen beschreiben Gebiete, nicht Personen. Sie zeigen keine Ursachen und keine Rangfolge.",
                ),
            ],
        ),
        call("nebeneinander", call("vergleichs-legende", VERDICT_HELP), call("zeichen-legende")),
    )


def planning_areas(release: Release) -> str:
    """Map and list of Gemeinden and Sozialräume."""
    picture = Illustrations(release).planning_areas()
    parts = [
        call("bild", picture.path, alt=picture.alt, titel=planning_title(release), breite=Code("satzbreite")),
        call("neue-seite"),
        _gemeinden_table(release),
    ]
    return block(*parts, *([_rooms_table(release)] if release.sozialraeume.height else []))


def _gemeinden_table(release: Release) -> Code:
    rooms = _room_names(release)
    rows = []
    for row in release.gemeinden.iter_rows(named=True):
        people, size = release.value("D01", row["area_id"]), rooms.get(row["area_id"], "–")
        valid = german.date_text(row["valid_from"])
        counts = [
            german.number(people[part], 2 if part == "denominator" else 0)
            if people[part] is not None
            else call("leer", people["status"])
            for part in ("numerator", "denominator")
        ]
        rows.append([str(row["number"]), row["name"], row["area_id"], *counts, size, valid])
    indicator = release.indicator("D01")
    return call(
        "tabelle",
        spalten=[
            column("Nr.", 8, "zahl", leise=True),
            column("Stadt oder Gemeinde"),
            column("Schlüssel", 20),
            column("Menschen", 18, "zahl"),
            column("Fläche km²", 20, "zahl"),
            column(release.edition["sozialraum_label"], 34),
            column("gültig ab", 22),
        ],
        zeilen=rows,
        titel="Städte und Gemeinden",
        unter=f"Menschen und Fläche: {sentences.stand(indicator)}",
        breite=Code("satzbreite"),
    )


def _room_names(release: Release) -> dict[str, str]:
    names: dict[str, list[str]] = {}
    for members, name in release.sozialraeume.select("members", "display_name").iter_rows():
        for ags in (members or "").split(";"):
            names.setdefault(ags, []).append(name)
    return {ags: german.join_words(found) for ags, found in names.items()}


def _rooms_table(release: Release) -> Code:
    gemeinden = dict(release.gemeinden.select("area_id", "display_name").iter_rows())
    note = release.edition["sozialraum_note"]
    rows = []
    for row in release.sozialraeume.iter_rows(named=True):
        members = [gemeinden[ags] for ags in (row["members"] or "").split(";") if ags in gemeinden]
        state = note if row["is_example"] else "beschlossen"
        rows.append(
            [
                row["area_id"],
                row["display_name"],
                german.join_words(members),
                state or "",
                german.date_text(row["valid_from"]),
            ]
        )
    return call(
        "tabelle",
        spalten=[
            column("Schlüssel", 20),
            column("Sozialraum", 28),
            column("Gemeinden"),
            column("Zuschnitt", 28),
            column("gültig ab", 22),
        ],
        zeilen=rows,
        titel=planning_title(release),
        breite=Code("satzbreite"),
        gruppe=None,
    )


def knowledge(release: Release) -> str:
    """Matrix Gemeinden × themes by status, and who can fill the gaps."""
    themes = _themes(release)
    groups = [themes.filter(pl.col("group") == name) for name in ("counts", "finished", "none")]
    groups = [group for group in groups if group.height]
    order = [name for group in groups for name in group["theme_id"]]
    states = _states(release)
    areas = [*release.gemeinden.select("area_id", "display_name").iter_rows(), (release.kreis_id, kreis_name(release))]
    rows = [(name, [states.get((key, theme), "fehlt") for theme in order]) for key, name in areas]
    numbers = {row["theme_id"]: row for row in themes.iter_rows(named=True)}
    return block(
        call(
            "kopf",
            "Was wir wissen, und was noch fehlt",
            ebene=1,
            nummer=False,
            frage=sentences.unknown_lead(release),
            breite=Code("satzbreite"),
        ),
        call(
            "matrix",
            gruppen=[group["theme"].to_list() for group in groups],
            zeilen=rows[:-1],
            kreis=rows[-1],
            kopfhoehe=Code("52mm"),
            fuss=[
                ("Indikatoren", [str(numbers[theme]["listed"]) for theme in order]),
                ("jüngster Stand (20..)", [(numbers[theme]["latest"] or ".")[-2:] for theme in order]),
            ],
        ),
        call(
            "matrix-legende",
            "voll",
            "rand",
            "fehlt",
            *(["gesperrt"] if (release.values["status"] == "suppressed").any() else []),
            "geht-nicht",
        ),
        call("neue-seite"),
        _gaps(release, themes),
        call(
            "quelle",
            GAP_NOTE,
            breite=Code("satzbreite"),
        ),
    )


def _themes(release: Release) -> pl.DataFrame:
    """Per theme: indicators listed, those with figures for Gemeinden, their kind, and the latest year."""
    shown = pl.col("data") == "gemeinde"
    return (
        release.indicators.sort("position")
        .group_by("theme_id", "theme", maintain_order=True)
        .agg(
            pl.len().alias("listed"),
            shown.sum().alias("columns"),
            (shown & (pl.col("aggregation") != "finished")).sum().alias("counted"),
            pl.col("latest_period")
            .filter(shown)
            .map_elements(german.period_year, return_dtype=pl.Int64)
            .max()
            .cast(pl.String)
            .alias("latest"),
            pl.col("deliverer").drop_nulls().unique(maintain_order=True).alias("deliverers"),
        )
        .with_columns(
            pl.when(pl.col("counted") > 0)
            .then(pl.lit("counts"))
            .when(pl.col("columns") > 0)
            .then(pl.lit("finished"))
            .otherwise(pl.lit("none"))
            .alias("group")
        )
    )


def _states(release: Release) -> dict[tuple[str, str], str]:
    """The state of every cell of the matrix: the best that any indicator of the theme has for the area."""
    states = {}
    for (area_id, theme_id), rows in _latest_values(release).group_by("area_id", "theme_id"):
        known = rows.filter(pl.col("value").is_not_null())
        statuses = set(rows["status"])
        if known.height:
            state = "voll" if known["numerator"].is_not_null().any() else "rand"
        elif "suppressed" in statuses:
            state = "gesperrt"
        else:
            state = "geht-nicht" if "not_applicable" in statuses else "fehlt"
        states[area_id, theme_id] = state
    return states


def _latest_values(release: Release) -> pl.DataFrame:
    """Values at each indicator's newest period (indicators without any value keep their rows that say why)."""
    latest = release.indicators.select("indicator_id", "theme_id", "latest_period")
    joined = release.values.join(latest, on="indicator_id")
    return joined.filter((pl.col("period") == pl.col("latest_period")) | pl.col("latest_period").is_null())


def _gaps(release: Release, themes: pl.DataFrame) -> Code:
    """Who can deliver what is missing: every indicator without figures for Gemeinden, by theme."""
    rows: list[Any] = []
    for theme_id, name in themes.select("theme_id", "theme").iter_rows():
        missing = release.indicators.filter((pl.col("theme_id") == theme_id) & (pl.col("data") != "gemeinde")).sort(
            "position"
        )
        if missing.height:
            rows.append({"gruppe": name})
        for row in missing.iter_rows(named=True):
            state = "nur Kreiswert" if row["data"] == "kreis" else "keine Angabe"
            rows.append([row["indicator_id"], row["name"], state, row["deliverer"] or "noch zu klären"])
    return call(
        "tabelle",
        spalten=[
            column("Kennung", 16),
            column("Indikator ohne Zahlen für die Gemeinden"),
            column("Stand", 26),
            column("Kann liefern", 66),
        ],
        zeilen=rows,
        titel="Wer die Lücken schließen kann",
        breite=Code("satzbreite"),
    )

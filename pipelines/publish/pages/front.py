"""The first pages: title, imprint, contents, overview, reading help, planning areas, what is known and what is not.

What belongs here: pages about the whole edition. What does not: single indicators (`themes`) or areas (`profile`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines import german
from pipelines.geography import keys
from pipelines.mandate import sentence
from pipelines.publish import sentences
from pipelines.publish.illustrations import Illustrations, planning_title, web_address
from pipelines.publish.inventory import GAP_NOTE
from pipelines.publish.pages.parts import (
    PEOPLE_AND_AREA,
    SPAN_HELP,
    VERDICT_HELP,
    beside,
    change_cell,
    change_legend,
    column,
    known_ids,
    kreis_name,
    people_and_area,
    people_and_area_stand,
    qr_code,
    web_line,
)
from pipelines.publish.released import Release
from pipelines.publish.sentences import source_line
from pipelines.publish.typst_code import Code, block, call, join, length, show
from pipelines.publish.words import data_line, edition_line, offices, state_line, state_mark, state_words

READING = (
    ("Wert", "Der Anteil oder Betrag im Gebiet, mit Stichtag. Zähler und Nenner stehen in der Tabelle."),
    ("Spanne", SPAN_HELP),
    ("Vergleich", "Mit dem Wert des ganzen Kreises. Zwei Gemeinden werden nicht miteinander verglichen."),
    (
        "Höher, niedriger",
        "Nur wenn die ganze Spanne jenseits des Kreiswerts liegt und der Abstand bedeutsam ist. "
        "Höher heißt nicht besser oder schlechter.",
    ),
    ("Klasse", "Die Farbe einer Karte, mit Nummer. Die Grenzen sind fest; höhere Nummer heißt höherer Wert."),
    ("Entwicklung", "Nur ohne Bruch. Über eine neue Volkszählung hinweg wird nicht gerechnet."),
    ("Kein Wert", "Ein Zeichen sagt, warum. Fehlend ist nie null; ein Kreiswert wird nie übertragen."),
    ("Grenze", "Die Zahlen beschreiben Gebiete, nicht Personen. Sie zeigen keine Ursachen und keine Rangfolge."),
)
PARTS_OF_PLOT = (
    "Form: der Wert. Waagrechte Linie: seine Spanne.",
    "Gestrichelt: der Wert des Kreises. Graues Band: so nah ist ein Abstand nicht bedeutsam.",
    "Rechts stehen der Wert und das Ergebnis des Vergleichs in Worten.",
)
# What a council member asks first: people, work, income, housing, taking part. Shown where the release has them.
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
            stand=data_line(about),
            lauf=about["run_id"],
            zustand=state_mark(about),
            kennzeichnung=about["label"],
        )
    )


def title(release: Release) -> str:
    """Title page. Says whether the edition is a draft or released, and that it is without scientific review."""
    about = release.edition
    figures = Illustrations(release)
    picture = figures.cover()
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
            adresse=web_address(release),
            code=qr_code(figures),
        )
    )


def imprint(release: Release) -> str:
    """Imprint: publisher, contact, licence, how to cite, run, attribution of every source."""
    about = release.edition
    mandate = sentence(about, "kurz")
    citation = (
        f"{about['publisher']} ({about['report_year']}): Sozialatlas {about['kreis_name']}, {edition_line(about)}, "
        f"{state_words(about)}, Lauf {about['run_id'][:12]}."
    )
    facts = [
        ("Herausgeber", about["publisher"]),
        ("Ansprechperson", about["contact"]),
        ("Ausgabe", edition_line(about)),
        ("Stand", " · ".join(part for part in (state_words(about), about["label"]) if part)),
        *_people(about),
        ("Zitiervorschlag", citation),
        ("Lauf", about["run_id"]),
        ("Programm", f"Sozialatlas {about['version']}, Lizenz EUPL-1.2"),
        *([("Auftrag", mandate)] if mandate else []),
        ("Webseite", web_line(release)),
    ]
    sources = release.sources.sort("source_id", "edition", "file").unique(
        "attribution", keep="first", maintain_order=True
    )
    return block(
        call("kopf", "Impressum und Quellenvermerke", ebene=1, nummer=False),
        call("mit-code", call("angaben", facts, breite=Code("100%")), code=qr_code(Illustrations(release))),
        call("zwischentitel", "Quellenvermerke", ebene=2),
        call(
            "angaben",
            [
                (row["title"], f"{row['attribution']}. {german.capitalised(row['licence'])}.")
                for row in sources.iter_rows(named=True)
            ],
            breite=Code("satzbreite"),
            spalte=length(58),
        ),
        call(
            "absatz",
            "Karten: Grenzen vereinfacht. Anteile, Spannen, Vergleiche und Index sind eigene Berechnungen.",
            breite=Code("satzbreite"),
        ),
    )


def _people(about: dict[str, Any]) -> list[tuple[str, str]]:
    """Who checked and who approved this edition, as far as it has come."""
    steps = (("Geprüft", "checked"), ("Freigegeben", "approved"))
    return [
        (name, f"{about[f'{step}_by']}, {german.date_text(about[f'{step}_on'])}")
        for name, step in steps
        if about[f"{step}_by"]
    ]


def contents(release: Release) -> str:
    """Table of contents."""
    return block(call("inhalt"))


def at_a_glance(release: Release) -> str:
    """Eight key figures with span, how the Gemeinden lie around them, what changed, what is new, what is missing."""
    known = set(release.indicators.filter(pl.col("data") == "gemeinde")["indicator_id"])
    chosen = [name for name in KEY_FIGURES if name in known]
    return block(
        call("kopf", "Auf einen Blick", ebene=1, nummer=False, frage=sentences.unknown_lead(release)),
        call("kennzahlen", *(_key_figure(release, name) for name in chosen), spalten=4),
        call(
            "zwischentitel",
            "Wie die Gemeinden um den Kreiswert liegen",
            ebene=2,
            unter="Zahl der Gemeinden je Ergebnis des Vergleichs, und wie sich der Kreiswert entwickelt hat",
        ),
        _verdict_table(release, chosen),
        call("zwischentitel", "Was diese Ausgabe zeigt", ebene=2),
        call("absatz", _content_sentence(release), breite=Code("satzbreite")),
        call("zwischentitel", "Was diese Ausgabe nicht enthält", ebene=2),
        call("absatz", _missing_sentence(release), breite=Code("satzbreite")),
        call("quelle", source_line(release, chosen), breite=Code("satzbreite")),
    )


def _key_figure(release: Release, indicator_id: str) -> Code:
    indicator = release.indicator(indicator_id)
    row = release.value(indicator_id, release.kreis_id)
    moment = sentences.stand(indicator, row["period"])
    if row["value"] is None:
        words = german.status_words(row["status"])
        return call("kennzahl", german.status_sign(row["status"]), sentences.plain_name(indicator), moment, words)
    shown = german.value_text(row["value"], row["unit"], indicator["decimals"], row["status"])
    span = german.span_text(row["lower"], row["upper"], row["unit"], indicator["decimals"])
    return call(
        "kennzahl",
        shown,
        sentences.plain_name(indicator),
        moment,
        f"Spanne {span}" if row["lower"] is not None else span,
    )


def _verdict_table(release: Release, indicator_ids: list[str]) -> Code:
    words = ("höher", "niedriger", "ähnlich", "nicht unterscheidbar", "ohne Prüfung")
    rows, changes = [], []
    for indicator_id in indicator_ids:
        counts = sentences.verdict_counts(release, indicator_id)
        cells = [german.number(counts.get(word, 0)) for word in words]
        indicator = release.indicator(indicator_id)
        trend = sentences.trends(release, indicator_id).get(release.kreis_id)
        change = change_cell(trend, indicator["decimals"])
        changes += [trend["change"]] if trend and trend["difference"] is not None else []
        rows.append([sentences.plain_name(indicator), *cells, _since(release, indicator_id), change])
    titles = ("höher", "niedriger", "ähnlich", "nicht unter-\nscheidbar", "ohne\nPrüfung")
    heads = [column("Indikator"), *(column(title, 18, "zahl") for title in titles)]
    heads += [column("Kreiswert\nseit", 18, "zahl", leise=True), column("\nDifferenz", 24, "zahl")]
    table = call("tabelle", spalten=heads, zeilen=rows, breite=Code("satzbreite"), gruppe=None)
    note = "Anteile: Differenz in Prozentpunkten."
    return join(table, call("tabellenfuss", change_legend(note, changes), zeichen=False))


def _since(release: Release, indicator_id: str) -> str:
    row = sentences.trends(release, indicator_id).get(release.kreis_id)
    return str(german.period_year(row["reference_period"])) if row and row["reference_period"] else "kein Jahr"


def _content_sentence(release: Release) -> str:
    values = release.values.filter(pl.col("value").is_not_null())
    years = [german.period_year(period) for period in values["period"].unique()]
    rooms = release.sozialraeume.height
    examples = f", {german.number(rooms)} {'Sozialraum' if rooms == 1 else 'Sozialräume'}" if rooms else ""
    tested = release.checks["passed"].drop_nulls()
    note = release.edition["sozialraum_note"] if rooms else None
    return (
        f"{german.number(values.height)} Werte für {german.number(release.gemeinden.height)} Städte und Gemeinden"
        f"{examples}{f' ({note})' if note else ''} und den Kreis, Zeitbezug {min(years)} bis {max(years)}. "
        f"Gerechnet ist aus {german.number(release.sources['source_id'].n_unique())} Quellen; "
        f"{german.number(tested.filter(tested).len())} von {german.number(tested.len())} Prüfungen sind "
        "bestanden. Jede Zahl steht auch in der Arbeitsmappe und in den Dateien dieser Ausgabe."
    )


def _missing_sentence(release: Release) -> str:
    themes = sentences.empty_themes(release)
    if not themes:
        return "Zu jedem Thema liegt für die Gemeinden mindestens ein Indikator vor."
    return f"Für keine Gemeinde liegen Zahlen vor zu: {sentences.join_themes(themes)}. {GAP_NOTE}"


def reading_help(release: Release) -> str:
    """One page: class, span, comparison, signs, and how not to read the atlas."""
    return block(
        call("kopf", "Lesehilfe", ebene=1, nummer=False, frage="Wie die Zahlen gemeint sind, und was sie nicht sagen."),
        call("mit-rand", call("aussagen", READING), join(*_reading_margin(release))),
        call("nebeneinander", call("vergleichs-legende", VERDICT_HELP), call("zeichen-legende")),
        *_reading_example(release),
    )


def _reading_margin(release: Release) -> list[Code]:
    """Swatches as the maps show them: classes by number, hatches by status."""
    classes = [(word, "") for word in ("niedrigste Werte", "", "", "", "höchste Werte")]
    hatches = [(status, german.STATUS_SHORT[status], "") for status in german.NO_VALUE_STATUSES]
    return [call("legende", titel="Flächen in Karten", klassen=classes, weitere=hatches, zahl="")]


def _reading_example(release: Release) -> list[Code]:
    """A picture of this edition with its parts named and one row read aloud."""
    known = [name for name in KEY_FIGURES if name in known_ids(release)]
    for indicator_id in [*known, *sorted(known_ids(release))]:
        indicator = release.indicator(indicator_id)
        text = None if indicator["context"] else sentences.example(release, indicator_id)
        if text:
            picture = Illustrations(release).dot_plot(indicator_id)
            title = f"Beispiel: {sentences.plain_name(indicator)}, {sentences.stand(indicator)}"
            margin = call("randblock", "So ist das Bild zu lesen", *PARTS_OF_PLOT, text)
            return [beside(picture, title, None, margin)]
    return []


def planning_areas(release: Release) -> str:
    """Map and list of Gemeinden and Sozialräume."""
    picture = Illustrations(release).planning_areas()
    parts = [
        call("bild", picture.path, alt=picture.alt, titel=planning_title(release), breite=Code("satzbreite")),
        *([_rooms_table(release)] if release.sozialraeume.height else []),
        call("neue-seite"),
        _gemeinden_table(release),
    ]
    return block(*parts)


def _gemeinden_table(release: Release) -> Code:
    rooms, valid_note = _room_names(release), _same_validity(release.gemeinden)
    rows = []
    for row in release.gemeinden.iter_rows(named=True):
        people, room = people_and_area(release, row["area_id"]), rooms.get(row["area_id"], "keiner")
        valid = [] if valid_note else [german.date_text(row["valid_from"])]
        rows.append([str(row["number"]), row["name"], row["area_id"], *people, room, *valid])
    return call(
        "tabelle",
        spalten=[
            column("Nr.", 8, "zahl", leise=True),
            column("Stadt oder Gemeinde"),
            column("Schlüssel", 20),
            *PEOPLE_AND_AREA,
            column("Sozialraum", 34),
            *([] if valid_note else [column("gültig ab", 22)]),
        ],
        zeilen=rows,
        titel="Städte und Gemeinden",
        unter=f"{people_and_area_stand(release)}{valid_note}",
        breite=Code("satzbreite"),
    )


def _same_validity(areas: pl.DataFrame) -> str:
    """A remark instead of a column where every area is valid from the same day, known or not."""
    days = areas["valid_from"].unique().to_list()
    return f"; gültig ab: {german.date_text(days[0])}" if len(days) == 1 else ""


def _room_names(release: Release) -> dict[str, str]:
    names: dict[str, list[str]] = {}
    for members, name in release.sozialraeume.select("members", "display_name").iter_rows():
        for ags in {keys.gemeinde_of(key) for key in (members or "").split(";") if key}:
            names.setdefault(ags, []).append(name)
    return {ags: german.join_words(found) for ags, found in names.items()}


def _rooms_table(release: Release) -> Code:
    places = dict(release.areas.select("area_id", "display_name").iter_rows())
    note, valid_note = release.edition["sozialraum_note"], _same_validity(release.sozialraeume)
    # Day and paper of a resolution are long: they stand once in the title
    state = None if release.edition["sozialraeume_decided"] else note
    parts = "Gemeinden und Ortsteile" if release.has_ortsteile else "Gemeinden"
    rows = []
    for row in release.sozialraeume.iter_rows(named=True):
        members = [
            places[key] + (" (zum Teil)" if key in release.divided else "")
            for key in (row["members"] or "").split(";")
            if key in places
        ]
        valid = [] if valid_note else [german.date_text(row["valid_from"])]
        rows.append(
            [
                row["area_id"],
                row["display_name"],
                german.join_words(members) or "keine",
                *([] if state is None else [state]),
                *valid,
            ]
        )
    return call(
        "tabelle",
        spalten=[
            column("Schlüssel", 20),
            column("Sozialraum", 28),
            column(parts),
            *([] if state is None else [column("Zuschnitt", 28)]),
            *([] if valid_note else [column("gültig ab", 22)]),
        ],
        zeilen=rows,
        titel=f"{parts} der Sozialräume" + (f" ({note})" if state is None and note else ""),
        unter=valid_note.removeprefix("; ").capitalize() or None,
        breite=Code("satzbreite"),
        gruppe=None,
    )


def knowledge(release: Release) -> str:
    """Matrix Gemeinden × themes by status, and who can fill the gaps: by theme, then by indicator."""
    themes = _themes(release)
    suppressed = (release.values["status"] == "suppressed").any()
    signs = ["voll", "rand", "fehlt", *(["gesperrt"] if suppressed else []), "geht-nicht"]
    return block(
        call(
            "kopf",
            "Was wir wissen, und was noch fehlt",
            ebene=1,
            nummer=False,
            frage=sentences.unknown_lead(release),
            breite=Code("satzbreite"),
        ),
        _matrix(release, themes),
        call("matrix-legende", *signs),
        _gaps_by_theme(release, themes),
        call("neue-seite"),
        _gaps(release, themes),
        call("tabellenfuss", GAP_NOTE, zeichen=False),
    )


def _matrix(release: Release, themes: pl.DataFrame) -> Code:
    groups = [themes.filter(pl.col("group") == name) for name in ("counts", "finished", "none")]
    groups = [group for group in groups if group.height]
    order = [name for group in groups for name in group["theme_id"]]
    states = _states(release)
    areas = [*release.gemeinden.select("area_id", "display_name").iter_rows(), (release.kreis_id, kreis_name(release))]
    rows = [(name, [states.get((key, theme), "fehlt") for theme in order]) for key, name in areas]
    numbers = {row["theme_id"]: row for row in themes.iter_rows(named=True)}
    return call(
        "matrix",
        gruppen=[group["theme"].to_list() for group in groups],
        zeilen=rows[:-1],
        kreis=rows[-1],
        fuss=[
            ("Indikatoren", [str(numbers[theme]["listed"]) for theme in order]),
            ("jüngster Stand, 20..", [(numbers[theme]["latest"] or ".")[-2:] for theme in order]),
        ],
    )


def _gaps_by_theme(release: Release, themes: pl.DataFrame) -> Code:
    """One line per theme without any figure for a Gemeinde: the offices that can deliver."""
    rows = []
    for row in themes.filter(pl.col("columns") == 0).iter_rows(named=True):
        found = {office: None for text in row["deliverers"] for office in offices(text)}
        rows.append([row["theme"], "; ".join(found) or "noch zu klären"])
    if not rows:
        return Code("none")
    return call(
        "tabelle",
        spalten=[
            column("Thema ohne Zahlen für die Gemeinden", 56, fett=True),
            column("Kann liefern"),
        ],
        zeilen=rows,
        titel="Wer die Lücken schließen kann",
        breite=Code("satzbreite"),
        gruppe=None,
        groesse=Code("8pt"),
        zeilenhoehe=Code("3.9mm"),
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
        absent = pl.col("data") != "gemeinde"
        missing = release.indicators.filter(absent, theme_id=theme_id).sort("position")
        if missing.height:
            rows.append({"gruppe": name})
        for row in missing.iter_rows(named=True):
            state = "nur Kreiswert" if row["data"] == "kreis" else "keine Angabe"
            name = sentences.grouped(row["name"])
            rows.append([row["indicator_id"], name, state, row["deliverer"] or "noch zu klären"])
    return call(
        "tabelle",
        spalten=[
            column("Kennung", 14, leise=True),
            column("Indikator ohne Zahlen für die Gemeinden"),
            column("Stand", 22),
            column("Kann liefern", 94),
        ],
        zeilen=rows,
        titel="Jeder fehlende Indikator, und wer ihn liefern kann",
        breite=Code("satzbreite"),
        groesse=Code("8pt"),
        zeilenhoehe=Code("3.9mm"),
    )

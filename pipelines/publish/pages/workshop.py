"""The letter to the Zukunftswerkstatt in plain language: five findings, three maps, three questions, what is unknown.

What belongs here: its sentences and which figures it takes, the same numbers as in the atlas. What does not: drawing
(`illustrations`) and pieces other papers have too (`meetings`). No sentence has more than 15 words; a test counts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines import german
from pipelines.figures.rows import area_rows, class_limits
from pipelines.publish import markdown_text as md
from pipelines.publish import sentences
from pipelines.publish.illustrations import LETTER_MAPS, Illustrations, letter_figures
from pipelines.publish.pages.meetings import FORUM, next_dates
from pipelines.publish.released import Release
from pipelines.publish.typst_code import block, call

NAME = "Zukunftswerkstatt-Brief"
FINDINGS = 5
# A longer list stands in two columns, so that the end of the letter takes no page of its own
SIDE_BY_SIDE = 8
_UNITS = {"%": "Prozent", "€": "Euro", "€/m²": "Euro je Quadratmeter", "Personen": "Menschen"}


@dataclass(frozen=True)
class Finding:
    """A figure of `illustrations.LETTER` in plain words: heading, sentence with {wert}, question, title of its map."""

    topic: str
    sentence: str
    question: str
    shown: str


PLAIN = {
    "D04": Finding(
        "Alter", "{wert} der Menschen im Landkreis sind 65 Jahre oder älter.",
        "Was brauchen ältere Menschen bei Ihnen vor Ort?", "Anteil der Menschen ab 65 Jahren",
    ),
    "E01": Finding(
        "Arbeit", "{wert} der Menschen von 15 bis 64 Jahren sind arbeitslos gemeldet.",
        "Was hilft Menschen bei Ihnen, eine Arbeit zu finden?", "Anteil der arbeitslos gemeldeten Menschen",
    ),
    "E08": Finding(
        "Ausbildung", "{wert} der Beschäftigten haben keinen Berufsabschluss.",
        "Wer kann bei Ihnen einen Abschluss nachholen, und wo?", "Anteil der Beschäftigten ohne Berufsabschluss",
    ),
    "W05": Finding(
        "Miete", "Eine Wohnung kostet im Mittel {wert} Miete, ohne Nebenkosten.",
        "Wer findet bei Ihnen keine passende Wohnung?", "Miete ohne Nebenkosten",
    ),
    "N01": Finding(
        "Kinder", "{wert} der Menschen im Landkreis sind jünger als 6 Jahre.",
        "Was fehlt Familien mit kleinen Kindern bei Ihnen?", "Anteil der Kinder unter 6 Jahren",
    ),
    "N16": Finding(
        "Wohnen", "In einem Haushalt leben im Mittel {wert}.",
        "Wer lebt bei Ihnen allein und wünscht sich Kontakt?", "Menschen je Haushalt",
    ),
    "P01b": Finding(
        "Mitmachen", "{wert} der Wahlberechtigten haben bei der Gemeindewahl gewählt.",
        "Wie können mehr Menschen bei Ihnen mitreden?", "Anteil der Menschen, die gewählt haben",
    ),
    "A13": Finding(
        "Einkommen", "Wer Steuern zahlt, hat im Mittel {wert} Einkünfte im Jahr.",
        "Wofür reicht das Geld bei vielen Menschen nicht?", "Einkünfte je steuerpflichtiger Person",
    ),
}  # fmt: skip


def workshop(release: Release) -> str:
    """The letter; an edition with fewer figures has fewer findings, and says what it does not know."""
    chosen = letter_figures(release)
    return "".join(
        [
            md.heading("Worum es geht"),
            md.paragraph(*_opening(release)),
            md.heading("Was wir wissen"),
            *(_finding(release, name) for name in chosen[:FINDINGS]),
            md.heading("So ist es vor Ort"),
            *(_map(release, name) for name in chosen[:LETTER_MAPS]),
            md.heading("Worüber wir mit Ihnen sprechen möchten"),
            md.steps(PLAIN[name].question for name in chosen[:LETTER_MAPS]),
            md.heading("Was wir nicht wissen"),
            *_unknown(release),
            md.heading("Termine und Kontakt"),
            md.paragraph(*_contact(release)),
        ]
    )


def _opening(release: Release) -> list[str]:
    about = release.edition
    return [
        f"Dieser Brief erzählt, was wir über den {about['kreis_name']} wissen.",
        f"Alle Zahlen stehen auch im Sozialatlas, Ausgabe {about['report_year']}.",
        "Prozent heißt: so viele von 100.",
        "Kleine Zahlen schwanken von Jahr zu Jahr.",
        "Darum nennen wir oft zwei Zahlen, zwischen denen der Wert sehr wahrscheinlich liegt.",
        "Die Zahlen beschreiben Orte, nicht einzelne Menschen.",
    ]


def _finding(release: Release, indicator_id: str) -> str:
    one, indicator = PLAIN[indicator_id], release.indicator(indicator_id)
    row = release.value(indicator_id, release.kreis_id)
    said = one.sentence.format(wert=_words(row["value"], row["unit"], indicator["decimals"]))
    return md.heading(one.topic, 2) + md.paragraph(md.strong(said), _range(row, indicator), _when(indicator, row))


def _words(value: float, unit: str, decimals: int) -> str:
    """The figure as in the atlas, its unit as a word."""
    shown = german.number(value, decimals)
    return f"{shown}{german.FIXED_SPACE}{_UNITS.get(unit, german.unit_symbol(unit))}"


def _range(row: dict[str, Any], indicator: dict[str, Any]) -> str:
    if row["lower"] is None:
        return "Dafür gibt es keine Spanne."
    lower, upper = (german.number(row[end], indicator["decimals"]) for end in ("lower", "upper"))
    return f"Sehr wahrscheinlich liegt der Wert zwischen {lower} und {upper}."


def _when(indicator: dict[str, Any], row: dict[str, Any]) -> str:
    return f"Die Zahl ist von {german.period_year(row['period'])}."


# ------------------------------------------------------------------------------------------------ maps
def _map(release: Release, indicator_id: str) -> str:
    """A map, which places have which colour beside it, and the sentence above: the one Typst block of the letter."""
    picture = Illustrations(release).letter_map(indicator_id)
    year = german.period_year(release.indicator(indicator_id)["latest_period"])
    return block(
        call(
            "karte-mit-orten",
            picture.path,
            alt=picture.alt,
            titel=f"{PLAIN[indicator_id].shown}, {year}",
            satz=_map_sentence(release, indicator_id),
            einheit=_UNITS.get(unit := release.indicator(indicator_id)["unit"], german.unit_symbol(unit)),
            **_places_by_class(release, indicator_id),
        )
    )


def _map_sentence(release: Release, indicator_id: str) -> str:
    counts = sentences.verdict_counts(release, indicator_id)
    if not sentences.compared(counts):
        return "Bei dieser Zahl vergleichen wir die Orte nicht mit dem Landkreis."
    above, below = counts.get("höher", 0), counts.get("niedriger", 0)
    if not above and not below:
        return "Kein Ort unterscheidet sich deutlich vom Landkreis."
    return f"In {_places(above)} ist der Wert deutlich höher als im Landkreis, in {_places(below)} niedriger."


def _places(count: int) -> str:
    return "keinem Ort" if count == 0 else "einem Ort" if count == 1 else f"{german.number_word(count)} Orten"


def _places_by_class(release: Release, indicator_id: str) -> dict[str, Any]:
    """Classes with the places in them, low to high, and the places without a value by reason: the map in words."""
    indicator = release.indicator(indicator_id)
    limits = class_limits(indicator)
    texts = german.class_texts(limits, indicator["decimals"])
    names: list[list[str]] = [[] for _ in texts]
    without: dict[str, list[str]] = {}
    numbers = dict(release.gemeinden.select("area_id", "number").iter_rows())
    tables = release.areas, release.values, release.comparison
    for row in area_rows(*tables, indicator_id, indicator["latest_period"], "gemeinde").iter_rows(named=True):
        place = f"{numbers[row['area_id']]}{german.FIXED_SPACE}{row['name']}"
        if row["value"] is None:
            without.setdefault(row["status"], []).append(place)
        else:
            names[german.class_of(row["value"], limits) - 1].append(place)
    found = [(text, "; ".join(places) or "kein Ort") for text, places in zip(texts, names, strict=True)]
    rest = [(status, german.STATUS_SHORT[status], "; ".join(places)) for status, places in sorted(without.items())]
    return {"klassen": found, "weitere": rest}


# ------------------------------------------------------------------------------------------------ unknown, contact
# Themes of the catalogue in plain words; a theme without an entry is named as it is.
PLAIN_THEMES = {
    "Leistungen nach SGB II": "Bürgergeld",
    "Sozialhilfe nach SGB XII": "Sozialhilfe",
    "Mindestsicherung, Bildung und Teilhabe": "Hilfen zum Leben und Lernen",
    "Hilfen beim Wohnen": "Wohngeld und Sozialwohnungen",
    "Kita und Tagespflege": "Plätze in Kitas",
    "Familien und junge Menschen": "Alleinerziehende und junge Menschen",
    "Hilfen zur Erziehung": "Hilfen für Familien",
    "Einschulungsuntersuchung": "Gesundheit der Kinder vor der Schule",
    "Gesundheit und ärztliche Versorgung": "Gesundheit und Arztpraxen",
    "Teilhabe": "Menschen mit Behinderung",
    "Erreichbarkeit": "Wege zu Bus, Laden und Praxis",
    "Räumliche Ungleichheit": "Unterschiede zwischen Wohngebieten",
}


def _unknown(release: Release) -> list[str]:
    themes = sentences.empty_themes(release)
    if not themes:
        return [md.paragraph("Zu jedem Thema kennen wir Zahlen für die Orte.")]
    named = [PLAIN_THEMES.get(theme, theme) for theme in themes]
    return [
        md.paragraph(
            "Fehlt eine Zahl, heißt das nicht, dass es keinen Bedarf gibt.",
            "Zu diesen Themen kennen wir noch keine Zahlen für die Orte:",
        ),
        block(call("zwei-listen", named)) if len(named) > SIDE_BY_SIDE else md.bullets(named),
    ]


def _contact(release: Release) -> list[str]:
    days = next_dates(release, FORUM)
    dates = (
        f"Termine der Zukunftswerkstatt: {german.join_words(days)}." if days else "Ein Termin steht noch nicht fest."
    )
    return [
        dates,
        "Sagen Sie uns, was Sie anders sehen.",
        "Sagen Sie uns auch, was fehlt.",
        f"Ansprechperson: {release.edition['contact']}.",
        f"Den ganzen Sozialatlas gibt der {release.edition['publisher']} heraus.",
    ]

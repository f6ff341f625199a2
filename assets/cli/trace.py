"""The command `trace`: from one figure back to formula, delivery, row and hash.

What belongs here: its arguments and what it prints. What does not: finding the way back (`pipelines.trace`). Nothing
heavy is imported at the top, so that help comes at once.
"""

from typing import TYPE_CHECKING, Any

from assets.cli.app import Data, Out, Year, app

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pipelines.indicators.catalogue import Indicator, Term
    from pipelines.trace import IndexTrace, Item, Trace


@app.command(usage="")
def trace(indikator: str, gebiet: str, jahr: str, /, *, data: Data = None, out: Out = None, year: Year = None) -> None:
    """Eine Zahl zurückverfolgen: Formel, Zähler und Nenner, Quelle, Datei, Zeile und Prüfsumme.

    Parameters
    ----------
    indikator
        Kennung oder Name, z. B. E01, oder „index“ für den Orientierungsindex
    gebiet
        Name, Amtlicher Gemeindeschlüssel oder anderer Schlüssel, z. B. 06432-S01
    jahr
        Jahr oder ganzer Zeitbezug, z. B. 2021, 2021-12-31 oder 2016/2021
    """
    from pipelines.settings import load_settings
    from pipelines.trace import is_index, refuse_changed, trace, trace_index

    settings = load_settings(data, out, year)
    if is_index(indikator):
        _tell(_index(trace_index(settings, gebiet, jahr)))
        return
    found = trace(settings, indikator, gebiet, jahr)
    _tell([*_head(found), *_formula(found), *_items(found)])
    _tell([*_sources(found, settings.data_dir), *_disclosure(found)])
    refuse_changed(found)


def _tell(lines: "Iterable[str]") -> None:
    for line in lines:
        print(line)


def _index(found: "IndexTrace") -> "Iterator[str]":
    """Class and value of the index, then what every part adds to it."""
    from pipelines.german import number, period_text
    from pipelines.indicators.catalogue import load_catalogue

    row, names = found.value, {entry.indicator_id: entry.name for entry in load_catalogue()}
    yield f"Orientierungsindex, {found.area['display_name']} ({found.area['area_id']}), Ausgabe {found.year}"
    if row["value"] is None:
        yield from _facts(("Wert", "kein Wert"), ("Hinweis", row["reason"] or ""))
        return
    stable = f"{row['stability_name']} ({number(row['stability'] * 100)} % von {number(row['runs'])} Durchläufen)"
    yield from _facts(("Einstufung", row["class_text"]), ("Wert", number(row["value"], 2)), ("Sicherheit", stable))
    yield "Teile"
    for part in found.parts:
        indicator_id, area_id, period = part["indicator_id"], part["area_id"], part["period"]
        yield f"  {indicator_id} {names[indicator_id]}, {period_text(period)}"
        if part["z"] is not None:
            z, weight, added = (number(part[name], 2) for name in ("z", "weight", "contribution"))
            yield f"    Abstand zum Mittel {z} Standardabweichungen · Gewicht {weight} · Beitrag {added}"
        yield f"    sozialatlas trace {indicator_id} {area_id} {period}"


def _head(found: "Trace") -> list[str]:
    from pipelines.german import STATUS_WORDS, period_text, value_text

    row, entry = found.value, found.indicator
    place = f"{found.area['display_name']} ({found.area['area_id']})"
    value = value_text(row["value"], row["unit"], entry.decimals) if row["value"] is not None else "kein Wert"
    span = [] if row["lower"] is None else [("Spanne", _span(row, entry.decimals))]
    return [
        f"{entry.indicator_id} {entry.name}, {place}, {period_text(row['period'], entry.stand_text)}",
        *_facts(("Wert", value), *span, ("Status", STATUS_WORDS[row["status"]]), ("Verfahren", row["method"])),
        *_facts(*([("Hinweis", row["reason"])] if row["reason"] else [])),
    ]


def _span(row: dict[str, Any], decimals: int) -> str:
    from pipelines.german import percent, span_text

    span = span_text(row["lower"], row["upper"], row["unit"], max(decimals, 2))
    return f"{span} (Niveau {percent(row['confidence'] * 100, 0)})"


def _formula(found: "Trace") -> list[str]:
    entry = found.indicator
    lines = ["Formel", *_facts(("Rechnung", _calculation(entry)), ("Zähler", entry.numerator_text))]
    if entry.denominator_text:
        lines += _facts(("Nenner", entry.denominator_text))
    lines += _facts(*_inserted(found))
    if found.members:
        names = ", ".join(_member(found, key, weight) for key, weight in found.members)
        lines += _facts(("Summe aus", f"{names}; erst zusammengezählt, dann geteilt"))
    return lines


def _calculation(entry: "Indicator") -> str:
    """Items of numerator and denominator; a change and what nobody delivers in the words of the catalogue."""
    if entry.change_years or not entry.numerator:
        return entry.method
    formula = " ÷ ".join(f"({_sum(part)})" for part in (entry.numerator, entry.denominator) if part)
    return formula if entry.factor == 1 else f"{formula} × {_number(entry.factor)}"


def _inserted(found: "Trace") -> "Iterator[tuple[str, str]]":
    """The formula with the numbers of this value: what was added up, or computed back from a share, shows here."""
    row, factor = found.value, found.indicator.factor
    if row["numerator"] is None or row["denominator"] is None:
        return
    formula = f"{_number(row['numerator'])} ÷ {_number(row['denominator'])}"
    yield "Eingesetzt", formula if factor == 1 else f"{formula} × {_number(factor)}"


def _sum(terms: "tuple[Term, ...]") -> str:
    text = " ".join(f"{'−' if term.coefficient < 0 else '+'} {term}" for term in terms)
    return text.removeprefix("+ ")


def _items(found: "Trace") -> list[str]:
    if not found.items:
        return ["Angaben", "  keine: Auf dieser Ebene wurde zu dieser Zeit nichts geliefert."]
    lines = ["Angaben"]
    for item in found.items:
        about = f"{item.part}: {item.term}, {found.names[item.area_id]}, {item.stichtag}"
        lines += [f"  {about}", f"    {_delivered(item)}"]
    return lines


def _delivered(item: "Item") -> str:
    from pipelines.german import STATUS_WORDS

    row = item.row
    if row is None:
        return "nicht geliefert"
    times = "× " if row["einheit"][:1].isdigit() else ""  # a unit such as „1000 EUR“
    value = STATUS_WORDS[row["status"]] if row["wert"] is None else f"{_number(row['wert'])} {times}{row['einheit']}"
    basis = f", Basis {row['basis']}" if row["basis"] else ""
    place = f"{row['file']}, Zeile {row['row']}, Spalte {row['place']}"
    notes = "".join(f" · {row[name]}" for name in ("correction", "conversion") if row[name])
    return f"{value}{basis} · {row['source_id']}, Ausgabe {row['edition']} · {place}{notes}"


def _sources(found: "Trace", folder: "Path") -> list[str]:
    lines = [f"Quellen in {folder}"] if found.sources else []
    for source in found.sources:
        sheet = source.sheet
        state = "unverändert" if source.unchanged else "NICHT MEHR DIESELBE DATEI"
        lines += [f"  {sheet['file']}"]
        lines += _facts(
            ("Titel", sheet["title"]),
            ("Vermerk", sheet["attribution"]),
            ("Lizenz", sheet["licence"]),
            ("Abgerufen", sheet["retrieved"]),
            ("SHA-256", f"{sheet['sha256']} ({state})"),
            indent=4,
        )
    return lines


def _disclosure(found: "Trace") -> list[str]:
    value, released = found.value, found.released
    outcome = "wie berechnet ausgewiesen"
    if released["status"] != value["status"]:
        outcome = f"zurückgehalten: {released['reason']}"
    elif value["value"] is None:
        outcome = "kein Wert, der zurückzuhalten wäre"
    lines = ["Ausgabe", *_facts(("Datenschutz", outcome))]
    for row in found.corrections:
        change = f"{row['old_text']} → {row['new_text']} ({row['number']}. Fassung; Grund: {row['reason']})"
        lines += _facts(("Berichtigt", change))
    return lines


def _facts(*facts: tuple[str, str], indent: int = 2) -> list[str]:
    return [f"{' ' * indent}{name + ':':<13}{text}" for name, text in facts]


def _member(found: "Trace", key: str, weight: float) -> str:
    share = "" if weight == 1 else f" (Anteil {_number(weight)})"
    return f"{found.names[key]}{share}"


def _number(value: float) -> str:
    """All digits of a delivered figure in German form."""
    from pipelines.german import number

    text = repr(float(value))
    decimals = len(text.partition(".")[2]) if "e" not in text and not float(value).is_integer() else 0
    return number(value, decimals)

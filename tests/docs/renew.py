"""Write the documents that are made by the program: `python -m tests.docs.renew` from the project folder.

What belongs here: the data dictionary, the list of sources and indicators, the map of README, the forms to fill in.
What does not: documents written by hand.
"""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import polars as pl

from pipelines.contracts import Column, contract, dictionary, tables
from pipelines.indicators.catalogue import Indicator, catalogue_frame, load_catalogue, load_themes
from pipelines.publish.copy import write_copy
from pipelines.publish.forms import Form, csv_text, workbook_bytes
from pipelines.publish.karten import write_maps
from pipelines.publish.released import open_release
from pipelines.settings import PROJECT_DIR, load_settings
from pipelines.sources.registry import catalogue
from pipelines.steering import offers, participation
from tests.docs.shipped import released

DICTIONARY = PROJECT_DIR / "docs" / "data-dictionary.md"
CATALOGUE = PROJECT_DIR / "docs" / "catalogue.md"
MAP = PROJECT_DIR / "docs" / "karte-arbeitslosenanteil.png"
MAPPED = "E01"
COLOURS = 64
FORMS = PROJECT_DIR / "docs" / "de" / "formulare"
EXAMPLES = PROJECT_DIR / "docs" / "de" / "beispiele" / "steering"
AREA_HINT = (
    "Ein Gebiet ohne Zeile gilt als nicht gemeldet, nicht als unversorgt; gibt es nichts, „kein_angebot“ eintragen."
)
HEAD = """# Data dictionary

Every table of the pipeline, made from `pipelines/contracts`; the descriptions are the ones that readers see, so they
are German. Written by `python -m tests.docs.renew`; change a contract, never this page. Tables of schema `release` are
in the open data of every edition, the others stay inside. A column in bold belongs to the key; *required* means never
empty.
"""


CATALOGUE_HEAD = """# Sources and indicators

What is delivered and what is made of it, from `pipelines/sources/catalogue` and `pipelines/indicators/catalogue.yml`;
the words are the ones that readers see, so they are German. Written by `python -m tests.docs.renew`; change the
catalogues, never this page.
"""
LEVELS = {
    "gemeinde": "With figures for the Gemeinden",
    "kreis": "With figures for the Kreis only",
    "none": "Declared missing",
}


def dictionary_page() -> str:
    """The data dictionary as Markdown; tables that share a contract share a section."""
    return "\n".join([HEAD, *map(_section, _groups())])


def catalogue_page() -> str:
    """All sources and all indicators as Markdown, indicators by the level they have figures for."""
    parts = [CATALOGUE_HEAD, "## Sources", "", "| Id | Title | Publisher | Licence | Notes |", "|---|---|---|---|---|"]
    for source in catalogue().values():
        cells = (f"`{source.source_id}`", source.title, source.publisher, source.licence, source.notes or "")
        parts.append(_line(*cells))
    for level, title in LEVELS.items():
        parts += ["", f"## {title}", "", *_indicators(level)]
    return "\n".join([*parts, ""])


def _indicators(level: str) -> list[str]:
    entries = [entry for entry in load_catalogue() if entry.data == level]
    if level == "none":
        head = ["| Id | Name | Why missing | Who can deliver |", "|---|---|---|---|"]
        return head + [_line(f"`{e.indicator_id}`", e.name, e.missing_reason, e.deliverer) for e in entries]
    head = ["| Id | Name | Question | Formula | Unit | Limits |", "|---|---|---|---|---|---|"]
    return head + [
        _line(f"`{e.indicator_id}`", e.name, e.question, _formula(e), e.unit, e.limits.strip()) for e in entries
    ]


def _formula(indicator: Indicator) -> str:
    """Items of numerator and denominator as the catalogue table of a release has them; a change in words."""
    if indicator.change_years:
        return indicator.method
    row = catalogue_frame([indicator], {}).row(0, named=True)
    items = [item for item in (row["numerator_items"], row["denominator_items"]) if item]
    quotient = " ÷ ".join(f"({item})" if " " in item and len(items) > 1 else item for item in items)
    return quotient if indicator.factor == 1 else f"{quotient} × {indicator.factor:g}"


def _line(*cells: str | None) -> str:
    return f"| {' | '.join((cell or '').strip().replace('|', chr(92) + '|') for cell in cells)} |"


def map_picture() -> bytes:
    """The download map of E01, drawn from the shipped deliveries, as a small PNG of few colours."""
    from PIL import Image

    frames = released(load_catalogue())
    frames["indicators"] = frames["indicators"].filter(pl.col("indicator_id") == MAPPED)
    with tempfile.TemporaryDirectory() as temporary:
        release = open_release(write_copy(frames, Path(temporary)))
        (picture,) = (path for path in write_maps(release, Path(temporary)) if path.suffix == ".png")
        whole = Image.open(picture).convert("RGB")
    few = whole.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def forms() -> dict[Path, bytes]:
    """The forms by which others deliver offers and needs, for the shipped district: workbook and bare CSV."""
    made = {}
    for form in (_offer_form(), _need_form()):
        made[FORMS / f"{form.register}.xlsx"] = workbook_bytes(form)
        made[FORMS / f"{form.register}.csv"] = csv_text(form).encode()
    return made


def _offer_form() -> Form:
    return Form(
        register=offers.NAME,
        title="Formular: Angebote und Einrichtungen melden",
        fields=offers.fields(),
        areas=_areas(),
        area_fields=("gebiet", "ort"),
        example=_example(offers.NAME),
        steps=(AREA_HINT,),
    )


def _need_form() -> Form:
    themes = {theme.theme_id: theme.name for theme in load_themes()}
    return Form(
        register=participation.NEEDS,
        title="Formular: Bedarf melden",
        fields=participation.need_fields(themes),
        areas=_areas(),
        area_fields=("gebiet",),
        example=_example(participation.NEEDS),
    )


def _areas() -> list[tuple[str, str, str]]:
    """The Kreis and its Gemeinden; Sozialräume follow once they are decided."""
    settings = load_settings()
    with (settings.data_dir / "gebiete" / "gemeinden.csv").open(encoding="utf-8", newline="") as lines:
        rows = sorted((row["ags"], row["anzeigename"]) for row in csv.DictReader(lines))
    return [(settings.kreis.key, settings.kreis.name, "Kreis"), *((ags, name, "Gemeinde") for ags, name in rows)]


def _example(register: str) -> list[list[str]]:
    with (EXAMPLES / f"{register}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))[1:]


def _groups() -> list[list[str]]:
    """Names of tables with the same columns and the same words, in alphabetical order of the first."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for name in tables():
        agreed = contract(name)
        groups.setdefault((agreed.description, agreed.columns), []).append(name)
    return list(groups.values())


def _section(names: list[str]) -> str:
    agreed = contract(names[0])
    lines = [f"## {', '.join(f'`{name}`' for name in names)}", "", f"{agreed.description}.", ""]
    lines += ["| Column | Type | Required | Unit | Description | Allowed |", "|---|---|---|---|---|---|"]
    for row, column in zip(dictionary(names[:1]).iter_rows(named=True), agreed.columns, strict=True):
        name = f"**`{column.name}`**" if column.name in agreed.key else f"`{column.name}`"
        cells = [name, row["type"], "yes" if column.required else "", row["unit"] or "", row["description"]]
        lines.append(_line(*cells, _allowed(column)))
    rules = [f"- `{rule.id}`: {rule.description}" for rule in agreed.rules]
    return "\n".join([*lines, *(["", "Rules:", "", *rules] if rules else []), ""])


def _allowed(column: Column) -> str:
    if column.allowed:
        return ", ".join(map(str, column.allowed))
    bounds = (("from", column.min), ("to", column.max))
    return " ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)


def main() -> None:
    """Write all of them."""
    CATALOGUE.write_text(catalogue_page(), encoding="utf-8", newline="\n")
    DICTIONARY.write_text(dictionary_page(), encoding="utf-8", newline="\n")
    MAP.write_bytes(map_picture())
    FORMS.mkdir(parents=True, exist_ok=True)
    for path, content in forms().items():
        path.write_bytes(content)


if __name__ == "__main__":
    main()

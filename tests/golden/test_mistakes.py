"""Mistakes made in memory in the shipped figures: which of them the rules of plausibility tell, and which they cannot.

Every mistake gets areas and editions of its own, so that many are tested at once without touching each other.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from pathlib import Path

import polars as pl

from pipelines.geography.areas import build_areas
from pipelines.readers import read_gemeinden, read_source, read_sozialraeume
from pipelines.settings import load_settings
from pipelines.sources.registry import all_deliveries
from pipelines.validation.plausibility import plausibility
from tests.fixtures.harmonised import build_merkmale

RAW = Path(__file__).parents[2] / "data" / "raw"
AT_ONCE = 25
# Enough times for every rule; older ones only cost time
SINCE = "2015"
Mistake = tuple[str, ...]

HGST = "hessische_gemeindestatistik"
SMALL = "Kleine Zahlen und null kommen wirklich vor: keine Schulden, keine Zuweisung, kein Neubau."
ONE_TIME = "Nur ein Zeitbezug und keine zweite Quelle; die Gemeinden unterscheiden sich wirklich so stark."
ALIKE = "Ein fertiger Wert, in dem sich die Gemeinden kaum unterscheiden: Vertauschte Gemeinden bleiben möglich."
OTHER_CHECK = "Keine Zahl zum Vergleich hier; dass zwei Quellen am selben Tag dasselbe sagen, prüft reconciliation."
BOTH_WAYS = "Beide Reihenfolgen kommen in wirklichen Kreisen vor, und es gibt keinen zweiten Zeitbezug."
# What nothing in the data can tell, with the reason. Whoever adds a rule takes from here what it tells.
UNTOLD: dict[Mistake, str] = (
    {(HGST, "0.01", name): SMALL for name in ("fertiggestellte_wohnungen", "schluesselzuweisungen", "schulden")}
    | {(source, "verschoben", "flaeche"): OTHER_CHECK for source in ("gemeindeverzeichnis", HGST)}
    | {
        (HGST, "verschoben", name): ONE_TIME
        for name in (
            "fertiggestellte_wohnungen",
            "fortgezogene",
            "gesamtbetrag_der_einkuenfte",
            "gestorbene",
            "schluesselzuweisungen",
            "schulden",
            "zugezogene",
        )
    }
    | {(HGST, "verschoben", name): ALIKE for name in ("steuereinnahmekraft_je_einwohner", "svb_wohnort_anteil")}
    | {
        ("inkar", "verschoben", name): ALIKE
        for name in ("arbeitslose_jahresdurchschnitt", "einkommensteueranteil_je_einwohner")
    }
    | {
        ("zensus_2022", "verschoben", name): ALIKE
        for name in (
            "auslaenderanteil",
            "eigentuemerquote",
            "einwanderungsgeschichte_anteil",
            "haushaltsgroesse",
            "leerstandsquote",
            "nettokaltmiete",
        )
    }
    | {
        (HGST, "vertauscht", f"{merkmal}/{one}", f"{merkmal}/{other}"): BOTH_WAYS
        for merkmal, one, other in (
            ("bevoelkerung_nichtdeutsch", "alter:0-5", "alter:6-14"),
            ("bevoelkerung_nichtdeutsch", "alter:0-5", "alter:65+"),
            ("bevoelkerung_nichtdeutsch", "alter:6-14", "alter:65+"),
            ("bevoelkerung_nichtdeutsch", "maennlich", "weiblich"),
            ("fortgezogene", "deutsch", "nichtdeutsch"),
            ("zugezogene", "deutsch", "nichtdeutsch"),
            ("wohngebaeude", "wohnungen:2", "wohnungen:3+"),
            *(
                ("wohnungen", f"raeume:{one}", f"raeume:{other}")
                for one, other in ("12", "13", "23", "24", "25", "34", "35", "45")
            ),
            ("wohnungen", "raeume:4", "raeume:6+"),
            ("wohnungen", "raeume:5", "raeume:6+"),
        )
    }
    | {(HGST, "vertauscht", "lebendgeborene/insgesamt", "gestorbene/insgesamt"): BOTH_WAYS}
)


@cache
def shipped() -> pl.DataFrame:
    settings = load_settings(RAW)
    gemeinden = read_gemeinden(settings)
    areas, _ = build_areas(gemeinden, read_sozialraeume(settings, gemeinden), settings.kreis)
    raw = {source: read_source(settings, source, gemeinden) for source in settings.kreis.sources}
    merkmale, _ = build_merkmale(raw, areas, all_deliveries(RAW, settings.kreis))
    return merkmale.filter(pl.col("stichtag") >= SINCE).with_columns(
        item=pl.col("merkmal") + "/" + pl.col("auspraegung")
    )


def changed(source: str, kind: str, *names: str) -> pl.DataFrame:
    """The shipped figures with one mistake in one source: `*` stands for all of it, a Merkmal for all of its parts."""
    frame, name = shipped(), names[0]
    chosen = (pl.col("source_id") == source) & (
        pl.lit(name == "*") | pl.col("merkmal").eq(name) | pl.col("item").eq(name)
    )
    if kind == "vertauscht":
        turned = dict(zip(names, reversed(names), strict=True))
        item = pl.when(pl.col("source_id") == source).then(pl.col("item").replace(turned)).otherwise("item")
        part = item.str.split("/").list
        return frame.with_columns(merkmal=part.get(0), auspraegung=part.get(1))
    if kind == "verschoben":
        keys = frame.filter(pl.col("area_level") == "gemeinde")["area_id"].unique().sort().to_list()
        moved = pl.col("area_id").replace(dict(zip(keys, keys[1:] + keys[:1], strict=True)))
        return frame.with_columns(area_id=pl.when(chosen).then(moved).otherwise("area_id"))
    return frame.with_columns(wert=pl.when(chosen).then(pl.col("wert") * float(kind)).otherwise("wert"))


def mistakes() -> list[Mistake]:
    found: list[Mistake] = []
    for (source,), rows in shipped().sort("source_id", "item").group_by("source_id", maintain_order=True):
        names = rows["merkmal"].unique(maintain_order=True).to_list()
        items = rows["item"].unique(maintain_order=True).to_list()
        by_gemeinde = rows.filter(pl.col("area_level") == "gemeinde")["merkmal"].unique()
        found += [(str(source), kind, name) for name in names for kind in ("100", "0.01")]
        found += [(str(source), "verschoben", name) for name in names if name in by_gemeinde]
        found += [(str(source), "verschoben", "*")] if len(by_gemeinde) else []
        pairs = [(one, other) for one, other in combinations(items, 2) if one.split("/")[0] == other.split("/")[0]]
        pairs += [pair for pair in ACROSS if set(pair) <= set(items)]
        found += [(str(source), "vertauscht", *pair) for pair in pairs]
    return found


ACROSS = [
    ("lebendgeborene/insgesamt", "gestorbene/insgesamt"),
    ("zugezogene/insgesamt", "fortgezogene/insgesamt"),
    ("einpendler/insgesamt", "auspendler/insgesamt"),
    ("svb_wohnort/insgesamt", "svb_arbeitsort/insgesamt"),
]


@cache
def blamed() -> dict[Mistake, set[str]]:
    """Every mistake with the sources that are then found at fault."""
    found: dict[Mistake, set[str]] = {}
    every = mistakes()
    for start in range(0, len(every), AT_ONCE):
        some = every[start : start + AT_ONCE]
        copies = [
            changed(*mistake)
            .drop("item")
            .with_columns(area_id=pl.col("area_id") + f"#{at}", edition=pl.col("edition") + f"#{at}")
            for at, mistake in enumerate(some)
        ]
        checks = plausibility(pl.concat(copies), RAW).filter(~pl.col("passed"))["check_id"].to_list()
        for at, mistake in enumerate(some):
            found[mistake] = {check.split(":")[2] for check in checks if check.endswith(f"#{at}")}
    return found


def test_the_shipped_figures_themselves_are_plausible() -> None:
    assert plausibility(shipped().drop("item"), RAW)["passed"].all()


def test_every_mistake_is_told_but_those_that_nothing_can_tell() -> None:
    untold = sorted(mistake for mistake, sources in blamed().items() if mistake[0] not in sources)
    assert untold == sorted(UNTOLD)
    assert all(UNTOLD.values())

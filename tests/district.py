"""A miniature district for tests: invented figures, marked `Testdaten`, that hold every status of the vocabulary.

What belongs here: writing a folder shaped like `data/raw`, and mending its hashes after a test changed it. What does
not: expectations about what the pipeline makes of it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from operator import mul
from pathlib import Path
from typing import Any

import yaml

Row = dict[str, str]
Override = Callable[[list[Row]], list[Row]]
COLUMNS = ("ags", "stichtag", "merkmal", "auspraegung", "wert", "status", "quality", "basis", "einheit")
SOURCES = ("gemeindeverzeichnis", "hessische_gemeindestatistik", "inkar", "inkar_kreis", "wahlen", "zensus_2022")
NAMES = ("Musterstadt", "Beispielhausen", "Probedorf", "Testingen", "Übungsheim", "Entwurfbach")
POPULATION = (12400, 6100, 2300, 8800, 4200, 3100, 5200, 9700, 2800, 7400)
WIDTH = (4000, 5000, 6000, 4500, 5500, 3500, 4200, 3800, 5200, 4600)
HEIGHT = 4000
ORIGIN = (470000, 5515000)
NO_VALUE = ("secret", "uncertain", "later", "not_applicable", "missing", "suppressed")
ZENSUS_DAY = "2022-05-15"

SHARE = "no(Anteile addieren sich nicht)"
MEAN = "no(Durchschnitte addieren sich nicht)"
OWN = "no(Die Kreiszeile ist die Kreisverwaltung selbst)"
BORDER = "no(Pendler: Jedes Gebiet zählt, wer die eigene Grenze überschreitet)"
ADDITIVE = {
    "flaeche": "rounded(0.001)",
    "wohnflaeche": "rounded(0.001)",
    "flaechennutzung": "rounded(1)",
    "gesamtbetrag_der_einkuenfte": "rounded(1)",
    "svb_wohnort_anteil": SHARE,
    "steuereinnahmekraft_je_einwohner": MEAN,
    "auspendler": BORDER,
    "einpendler": BORDER,
    "schulden": OWN,
    "schluesselzuweisungen": OWN,
    "einkommensteueranteil_je_einwohner": MEAN,
    "eigentuemerquote": SHARE,
    "einwanderungsgeschichte_anteil": SHARE,
    "leerstandsquote": SHARE,
    "auslaenderanteil": SHARE,
    "haushaltsgroesse": MEAN,
    "nettokaltmiete": MEAN,
}
KREIS_ONLY = "no(Nur für den Kreis veröffentlicht, fertiger Wert)"
# Series that exist for the Kreis alone: source, merkmal, auspraegung, unit, value
KREIS_SERIES = (
    ("inkar", "schuldnerquote", "insgesamt", "Prozent", 8.1),
    ("inkar", "bruttoverdienst_monat", "insgesamt", "EUR", 2950.5),
    ("inkar_kreis", "arbeitslosenquote", "insgesamt", "Prozent", 4.2),
    ("inkar_kreis", "betreuungsquote", "alter:0-2", "Prozent", 31.5),
    ("inkar_kreis", "kaufkraft", "insgesamt", "EUR", 25400.0),
)
# Where the figures hold another status than `reported`: (source, merkmal, auspraegung, Gemeinde) -> status, last year
SPECIAL = {
    ("hessische_gemeindestatistik", "schluesselzuweisungen", "insgesamt", 0): "zero",
    ("hessische_gemeindestatistik", "wohnflaeche", "insgesamt", 1): "estimated",
    ("hessische_gemeindestatistik", "gestorbene", "insgesamt", 2): "pooled",
    ("hessische_gemeindestatistik", "bevoelkerung_nichtdeutsch", "alter:0-5", 2): "secret",
    ("zensus_2022", "einwanderungsgeschichte_anteil", "insgesamt", 2): "uncertain",
    ("hessische_gemeindestatistik", "schulden", "insgesamt", 1): "later",
    ("zensus_2022", "leerstandsquote", "insgesamt", 2): "not_applicable",
    ("hessische_gemeindestatistik", "raeume", "insgesamt", 0): "missing",
    ("hessische_gemeindestatistik", "einpendler", "insgesamt", 1): "suppressed",
}


def write_district(
    folder: Path,
    *,
    key: str = "06999",
    name: str = "Landkreis Musterland",
    gemeinden: int = 3,
    names: Sequence[str] = NAMES,
    years: tuple[int, int] = (2021, 2022),
    label: str = "Testdaten",
    published: dict[str, bool | None] | None = None,
    overrides: dict[str, Override] | None = None,
) -> Path:
    """Write a district and return its folder, ready for `load_settings(data=folder)`.

    gemeinden: 2 to 10; names: at least as many. published: per source, what the sheet says (None: no mark).
    overrides: per source, a function from the rows of `werte.csv` to other rows; hashes are made afterwards.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ags = [f"{key}{number:03}" for number in range(1, gemeinden + 1)]
    _write_kreis(folder, key, name, years[1], label, gemeinden)
    _write_areas(folder / "gebiete", key, ags, names)
    for source in SOURCES:
        rows = _rows(source, key, ags, years)
        rows = overrides[source](rows) if overrides and source in overrides else rows
        mark = published.get(source, True) if published else True
        _write_delivery(folder / source / str(years[1]), source, rows, mark)
    rehash(folder)
    return folder


def write_source(folder: Path, source: str, key: str, ags: list[str], years: tuple[int, int]) -> None:
    """Put made-up figures of a source into any district as its delivery; its sheet has hashes."""
    _write_delivery(folder / source / str(years[1]), source, _rows(source, key, ags, years), True)
    rehash(folder / source)


def write_official(folder: Path, source: str, edition: str, files: dict[str, tuple[str, bytes]], **said: str) -> Path:
    """Put files in official formats into a district as one delivery of a source that is then expected; its folder.

    files: name to format and bytes. said: what the sheet says of each file beforehand (code, time, basis).
    """
    from pipelines.readers.formats import formats
    from pipelines.readers.rawfile import RawFile
    from pipelines.readers.reading import Agreed

    place = folder / source / edition
    place.mkdir(parents=True)
    entries = []
    for name, (key, content) in files.items():
        (place / name).write_bytes(content)
        reading = formats()[key].read(RawFile(place / name, content).unpacked(), Agreed(**said))
        digest = hashlib.sha256(content).hexdigest()
        size = {"bytes": len(content), "rows": reading.frame.height}
        entries.append({"path": name, "format": key, "sha256": digest, **size, **said})
    sheet = {"source": source, "edition": edition, "retrieved": "unbekannt", "published": True, "files": entries}
    _write_yaml(place / "lieferung.yml", sheet)
    kreis = folder / "kreis.yml"
    edit_sheet(kreis, lambda content: content.update(quellen=list(dict.fromkeys([*content["quellen"], source]))))
    return place


def rehash(folder: Path) -> None:
    """Write size, hash and number of rows of every delivered file into its sheet, as a sender of the change would."""
    for path in sorted(folder.rglob("lieferung.yml")):
        sheet = yaml.safe_load(path.read_text(encoding="utf-8"))
        for file in sheet["files"]:
            delivered = path.parent / file["path"]
            if delivered.is_file():
                content = delivered.read_bytes()
                file["sha256"] = hashlib.sha256(content).hexdigest()
                file["bytes"] = len(content)
                file["rows"] = _count(delivered.suffix, content)
        _write_yaml(path, sheet)


def edit_sheet(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the content of a `lieferung.yml` (or `kreis.yml`) in place."""
    sheet = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(sheet)
    _write_yaml(path, sheet)


def werte(folder: Path, source: str) -> Path:
    """The `werte.csv` of a source in a folder written by `write_district`."""
    return next((folder / source).glob("*/werte.csv"))


def _count(suffix: str, content: bytes) -> int:
    if suffix == ".geojson":
        return len(json.loads(content)["features"])
    return max(len(content.splitlines()) - 1, 0)


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_csv(path: Path, columns: Sequence[str], rows: list[Row]) -> None:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="\n")


def _write_kreis(folder: Path, key: str, name: str, year: int, label: str, gemeinden: int) -> None:
    east, north = ORIGIN
    _write_yaml(
        folder / "kreis.yml",
        {
            "schluessel": key,
            "name": name,
            "kurzname": "Landkreis",
            "land": {"schluessel": key[:2], "name": "Hessen"},
            "berichtsjahr": year,
            "herausgeber": f"{name} ({label})",
            "ansprechperson": "Erika Mustermann",
            "crs": "EPSG:25832",
            "grenzen": {
                "ost": [east - 1000, east + sum(WIDTH[:gemeinden]) + 1000],
                "nord": [north - 1000, north + HEIGHT + 1000],
            },
            "nachbarn": [],
            "vergleich": "kreis",
            "sozialraeume": {"beschlossen": False, "bezeichnung": "Beispielraum", "hinweis": "Beispielzuschnitt"},
            "quellen": list(SOURCES),
            "geheimhaltung": {
                "standard": {"mindestzahl": 5, "sensibel": False},
                "quellen": {},
                "mindestnenner": 30,
                "mindesteinwohner": 300,
            },
            "gremien": [
                {
                    "nr": 1,
                    "name": "Kreisausschuss",
                    "status": "NÖ",
                    "zustaendigkeit": "Zur vorbereitenden Beschlussfassung",
                },
                {"nr": 2, "name": "Kreistag", "status": "Ö", "zustaendigkeit": "Zur abschließenden Beschlussfassung"},
            ],
            "kennzeichnung": label,
        },
    )


def _write_areas(folder: Path, key: str, ags: list[str], names: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    valid = {"valid_from": "unbekannt", "valid_to": "unbekannt"}
    _write_csv(
        folder / "gemeinden.csv",
        ("ags", "ars", "name", "anzeigename", "valid_from", "valid_to"),
        [
            {"ags": a, "ars": f"{key}0{a[5:]}{a[5:]}", "name": f"{names[i]}, Testgemeinde", "anzeigename": names[i]}
            | valid
            for i, a in enumerate(ags)
        ],
    )
    half = (len(ags) + 1) // 2
    _write_csv(
        folder / "sozialraeume.csv",
        ("area_id", "name", "ags", "weight", "is_example", "valid_from", "valid_to"),
        [
            {
                "area_id": f"{key}-S0{1 if i < half else 2}",
                "name": f"Beispielraum {1 if i < half else 2}",
                "ags": a,
                "weight": "1",
                "is_example": "ja",
            }
            | valid
            for i, a in enumerate(ags)
        ],
    )
    _write_squares(folder / "gemeinden.geojson", ags)
    _write_yaml(
        folder / "lieferung.yml",
        {
            "source": "gebiete",
            "edition": "test",
            "retrieved": "unbekannt",
            "published": True,
            "publisher": "Testdaten",
            "attribution": "Testdaten, erfunden",
            "licence": "frei",
            "notes": "Erfundene Gebiete",
            "files": [
                {"path": "gemeinden.csv", "source": "gebiete_gemeinden"},
                {"path": "sozialraeume.csv", "source": "gebiete_sozialraeume"},
                {"path": "gemeinden.geojson", "source": "gebiete_grenzen"},
            ],
            "items": [],
        },
    )


def _write_squares(path: Path, ags: list[str]) -> None:
    from pyproj import Transformer

    to_degrees = Transformer.from_crs("EPSG:25832", "OGC:CRS84", always_xy=True).transform
    features = []
    left = ORIGIN[0]
    for position, key in enumerate(ags):
        right = left + WIDTH[position]
        corners = [(left, 0), (right, 0), (right, HEIGHT), (left, HEIGHT), (left, 0)]
        ring = [[round(value, 7) for value in to_degrees(x, ORIGIN[1] + y)] for x, y in corners]
        features.append(
            {
                "type": "Feature",
                "properties": {"ags": key, "name": f"Testgemeinde {position + 1}"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
        left = right
    content = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    path.write_text(content + "\n", encoding="utf-8", newline="\n")


def _write_delivery(folder: Path, source: str, rows: list[Row], published: bool | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _write_csv(folder / "werte.csv", COLUMNS, rows)
    kreis_only = {item for _, item, *_ in KREIS_SERIES}
    items = [
        {"merkmal": item, "additive": KREIS_ONLY if item in kreis_only else ADDITIVE.get(item, "exact")}
        for item in dict.fromkeys(row["merkmal"] for row in rows)
    ]
    sheet: dict[str, Any] = {
        "source": source,
        "edition": folder.name,
        "retrieved": "unbekannt",
        "publisher": "Testdaten",
        "attribution": "Testdaten, erfunden",
        "licence": "frei",
        "notes": "Erfundene Zahlen",
        "files": [{"path": "werte.csv"}],
        "items": items,
    }
    if published is not None:
        sheet["published"] = published
    _write_yaml(folder / "lieferung.yml", sheet)


def _rows(source: str, key: str, ags: list[str], years: tuple[int, int]) -> list[Row]:
    makers = {
        "gemeindeverzeichnis": _gemeindeverzeichnis,
        "hessische_gemeindestatistik": _gemeindestatistik,
        "inkar": _inkar,
        "wahlen": _wahlen,
        "zensus_2022": _zensus,
    }
    rows = makers[source](source, key, ags, years) if source in makers else []
    for series, item, part, unit, value in KREIS_SERIES:
        if series == source:
            rows += [_row(key, str(year), item, part, value + 0.1 * (year - years[0]), unit) for year in years]
    return rows


def _population(position: int, year: int) -> int:
    """People of a Gemeinde; grows a little differently everywhere so that rates differ."""
    return POPULATION[position] + (year - 2015) * (10 + 7 * position)


def _part(whole: float, share: float, position: int) -> int:
    """A share of a count, larger by 6 percent of itself from one Gemeinde to the next, five times at most."""
    return round(whole * share * (1 + 0.06 * (position % 6)))


def _row(
    area: str, stichtag: str, item: str, part: str, value: float | None, unit: str, basis: str = "", quality="final"
) -> Row:
    text = "" if value is None else f"{round(value, 8):.8f}".rstrip("0").rstrip(".")
    row = (area, stichtag, item, part, text, "reported", quality, basis, unit)
    return dict(zip(COLUMNS, row, strict=True))


def _spread(
    source: str,
    key: str | None,
    ags: list[str],
    item: str,
    part: str,
    stichtag: str,
    values: list[float],
    unit: str,
    *,
    kreis: float | None = None,
    basis: str = "",
    special: bool = True,
    quality: str = "final",
) -> list[Row]:
    """Rows of one item at one time: the Gemeinden and, with `key`, the Kreis (`kreis` or the sum)."""
    rows = []
    for position, (area, value) in enumerate(zip(ags, values, strict=True)):
        row = _row(area, stichtag, item, part, value, unit, basis, quality)
        status = SPECIAL.get((source, item, part, position)) if special else None
        if status:
            row["status"] = status
            row["wert"] = "" if status in NO_VALUE else "0" if status == "zero" else row["wert"]
            row["quality"] = "limited" if status == "estimated" else quality
        rows.append(row)
    if key:
        rows.append(_row(key, stichtag, item, part, sum(values) if kreis is None else kreis, unit, basis, quality))
    return rows


def _gemeindeverzeichnis(source: str, _key: str, ags: list[str], years: tuple[int, int]) -> list[Row]:
    rows = []
    for year in (years[1] - 5, *years):
        day = f"{year}-12-31"
        people = [_population(i, year) for i in range(len(ags))]
        men = [_part(p, 0.48, 0) + i for i, p in enumerate(people)]
        women = [p - m for p, m in zip(people, men, strict=True)]
        for part, values in (("insgesamt", people), ("maennlich", men), ("weiblich", women)):
            rows += _spread(source, None, ags, "bevoelkerung", part, day, values, "Personen", basis="Zensus2011")
        rows += _spread(source, None, ags, "flaeche", "insgesamt", day, _areas(len(ags)), "km2")
    return rows


def _areas(count: int) -> list[float]:
    return [width * HEIGHT / 1_000_000 for width in WIDTH[:count]]


def _gemeindestatistik(source: str, key: str, ags: list[str], years: tuple[int, int]) -> list[Row]:
    rows = []
    for year in years:
        for (item, part), (kind, unit, values, kreis) in _statistics(year, len(ags)).items():
            stichtag = {"day": f"{year}-12-31", "june": f"{year}-06-30", "year": str(year)}[kind]
            basis = "Zensus2011" if item.startswith("bevoelkerung") else ""
            last = year == years[1]
            rows += _spread(
                source, key, ags, item, part, stichtag, values, unit, kreis=kreis, basis=basis, special=last
            )
    return rows


def _statistics(year: int, count: int) -> dict[tuple[str, str], tuple[str, str, list[float], float | None]]:
    """All items of the yearly statistics: kind of time, unit, value per Gemeinde, Kreis value if it is not the sum."""
    found: dict[tuple[str, str], tuple[str, str, list[float], float | None]] = {}
    people = [_population(i, year) for i in range(count)]

    def put(item: str, part: str, kind: str, unit: str, values: Sequence[float], kreis: float | None = None) -> None:
        found[(item, part)] = (kind, unit, list(values), kreis)

    def share(whole: Sequence[float], part: float) -> list[int]:
        return [_part(value, part, i) for i, value in enumerate(whole)]

    def rest(whole: Sequence[float], *parts: Sequence[float]) -> list[float]:
        return [value - sum(part[i] for part in parts) for i, value in enumerate(whole)]

    foreign = share(people, 0.13)
    for item, total, cuts in (
        ("bevoelkerung", people, (0.058, 0.085, 0.21)),
        ("bevoelkerung_nichtdeutsch", foreign, (0.05, 0.08, 0.09)),
    ):
        young, school, old = (share(total, cut) for cut in cuts)
        men = [_part(value, 0.48, 0) + i for i, value in enumerate(total)]
        parts = {"alter:0-5": young, "alter:6-14": school, "alter:65+": old}
        parts |= {"alter:15-64": rest(total, young, school, old), "maennlich": men, "weiblich": rest(total, men)}
        for part, values in {"insgesamt": total, **parts}.items():
            put(item, part, "day", "Personen", values)
    for item, ratio in (("lebendgeborene", 0.0095), ("gestorbene", 0.011)):
        put(item, "insgesamt", "year", "Personen", share(people, ratio))
    for item, ratio in (("zugezogene", 0.066), ("fortgezogene", 0.064)):
        german, others = share(people, ratio * 0.6), share(people, ratio * 0.4)
        put(item, "deutsch", "year", "Personen", german)
        put(item, "nichtdeutsch", "year", "Personen", others)
        put(item, "insgesamt", "year", "Personen", [a + b for a, b in zip(german, others, strict=True)])
    employed, jobs = share(people, 0.4), share(people, 0.25)
    women, part_time = share(employed, 0.46), share(employed, 0.28)
    put("svb_wohnort", "insgesamt", "june", "Personen", employed)
    put("svb_wohnort", "weiblich", "june", "Personen", women)
    put("svb_wohnort_teilzeit", "insgesamt", "june", "Personen", part_time)
    put("svb_wohnort_teilzeit", "weiblich", "june", "Personen", share(part_time, 0.75))
    put("svb_arbeitsort", "insgesamt", "june", "Personen", jobs)
    put("auspendler", "insgesamt", "june", "Personen", share(employed, 0.7), round(sum(employed) * 0.6))
    put("einpendler", "insgesamt", "june", "Personen", share(jobs, 0.6), round(sum(jobs) * 0.5))
    for training, ratio in (("ohne", 0.13), ("berufsabschluss", 0.42), ("akademisch", 0.2)):
        counts = share(employed, ratio)
        shares = [100 * a / b for a, b in zip(counts, employed, strict=True)]
        put(
            "svb_wohnort_anteil", f"ausbildung:{training}", "june", "Prozent", shares, 100 * sum(counts) / sum(employed)
        )
    payers = share(people, 0.5)
    put("steuerpflichtige", "insgesamt", "year", "Steuerpflichtige", payers)
    put(
        "gesamtbetrag_der_einkuenfte", "insgesamt", "year", "1000 EUR", [p * (47 - 2 * i) for i, p in enumerate(payers)]
    )
    put("schluesselzuweisungen", "insgesamt", "year", "1000 EUR", [p * 0.25 for p in people], 9000.5)
    put("schulden", "insgesamt", "day", "1000 EUR", [p * (0.9 + 0.1 * i) for i, p in enumerate(people)], 15000.25)
    put("steuereinnahmekraft_je_einwohner", "insgesamt", "year", "EUR", [1300 + 90 * i for i in range(count)], 1380.5)
    one, two, more = (share(people, ratio) for ratio in (0.17, 0.05, 0.03))
    dwellings = [a + 2 * b + 5 * c for a, b, c in zip(one, two, more, strict=True)]
    put("wohngebaeude", "insgesamt", "day", "Gebäude", [sum(n) for n in zip(one, two, more, strict=True)])
    for part, values in (("1", one), ("2", two), ("3+", more)):
        put("wohngebaeude", f"wohnungen:{part}", "day", "Gebäude", values)
    rooms = {f"raeume:{n}": share(dwellings, r) for n, r in ((1, 0.02), (2, 0.06), (3, 0.16), (4, 0.24), (5, 0.2))}
    put("wohnungen", "insgesamt", "day", "Wohnungen", dwellings)
    by_size = {**rooms, "raeume:6+": rest(dwellings, *rooms.values())}
    for part, values in by_size.items():
        put("wohnungen", part, "day", "Wohnungen", values)
    # The largest dwellings have seven rooms
    by_area = zip(*by_size.values(), strict=True)
    put("raeume", "insgesamt", "day", "Räume", [sum(map(mul, (1, 2, 3, 4, 5, 7), area)) for area in by_area])
    put("wohnflaeche", "insgesamt", "day", "1000 m2", [n * 0.107 for n in dwellings])
    put("fertiggestellte_wohnungen", "insgesamt", "year", "Wohnungen", share(people, 0.003))
    put("flaeche", "insgesamt", "day", "km2", _areas(count))
    for part, ratio in (("siedlung", 12.0), ("verkehr", 6.0), ("wohnbau", 7.0)):
        put("flaechennutzung", part, "day", "ha", [round(a * ratio) for a in _areas(count)])
    return found


def _inkar(source: str, _key: str, ags: list[str], years: tuple[int, int]) -> list[Row]:
    rows = []
    for year in (years[0] - 1, *years):
        work = _statistics(year, len(ags))[("bevoelkerung", "alter:15-64")][2]
        rows += _spread(
            source, None, ags, "bevoelkerung", "alter:15-64", str(year), work, "Personen", basis="Zensus2011"
        )
        if year in years:
            idle = [_part(value, 0.038, i) for i, value in enumerate(work)]
            tax = [620.5 + 40 * i for i in range(len(ags))]
            rows += _spread(
                source, None, ags, "arbeitslose_jahresdurchschnitt", "insgesamt", str(year), idle, "Personen"
            )
            rows += _spread(
                source, None, ags, "einkommensteueranteil_je_einwohner", "insgesamt", str(year), tax, "EUR",
                quality="revised",
            )  # fmt: skip
    return rows


def _wahlen(source: str, _key: str, ags: list[str], years: tuple[int, int]) -> list[Row]:
    rows = []
    for election, ratio in (("landtagswahl", 0.66), ("gemeindewahl", 0.52)):
        for year in years:
            entitled = [_part(_population(i, year), 0.73, 0) for i in range(len(ags))]
            voters = [_part(value, ratio, i) for i, value in enumerate(entitled)]
            quality = "provisional" if election == "landtagswahl" and year == years[1] else "final"
            for item, values in (("waehler", voters), ("wahlberechtigte", entitled)):
                rows += _spread(source, None, ags, item, election, str(year), values, "Personen", quality=quality)
    return rows


def _zensus(source: str, _key: str, ags: list[str], _years: tuple[int, int]) -> list[Row]:
    rows = []
    for item, part, start, step, unit in (
        ("bevoelkerung", "insgesamt", None, 0, "Personen"),
        ("wohnungen", "insgesamt", None, 0, "Wohnungen"),
        ("leerstandsquote", "insgesamt", 3.1, 0.3, "Prozent"),
        ("nettokaltmiete", "durchschnitt", 7.4, 0.2, "EUR/m2"),
        ("eigentuemerquote", "insgesamt", 52.0, 3.0, "Prozent"),
        ("einwanderungsgeschichte_anteil", "insgesamt", 21.0, 2.0, "Prozent"),
        ("auslaenderanteil", "insgesamt", 11.0, 1.0, "Prozent"),
        ("haushaltsgroesse", "durchschnitt", 2.2, 0.02, "Personen"),
    ):
        ratio = 0.46 if item == "wohnungen" else 1.0
        values = [_part(_population(i, 2022), ratio, 0) if start is None else start + step * i for i in range(len(ags))]
        rows += _spread(source, None, ags, item, part, ZENSUS_DAY, values, unit, basis="Zensus2022")
    return rows

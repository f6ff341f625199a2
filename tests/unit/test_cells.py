"""What census grid cells say about Sozialräume that divide a Gemeinde. All figures are Testdaten."""

from __future__ import annotations

from math import fsum
from pathlib import Path

import polars as pl
import pytest
import shapely
from district import write_district, write_official
from fixtures.rooms import (
    ORTSTEILE,
    cell_rows,
    cut,
    divide_by_outlines,
    grid_of_2022,
    of_ortsteile,
    people,
    polygons,
    put,
)

from pipelines.errors import InputError
from pipelines.geography.areas import build_areas
from pipelines.geography.grid import CRS
from pipelines.geography.rooms import room_shapes
from pipelines.geography.shapes import projection
from pipelines.harmonise import harmonise
from pipelines.indicators.catalogue import catalogue_of
from pipelines.indicators.provenance import build_provenance
from pipelines.indicators.rates import build_values
from pipelines.readers import (
    read_gemeinden,
    read_grenzen,
    read_ortsteile,
    read_outlines,
    read_sozialraeume,
    read_with_balance,
)
from pipelines.settings import load_settings
from pipelines.sources.cut import checked, lay_down
from pipelines.sources.registry import all_deliveries
from pipelines.validation.provenance import every_figure_counted

DAY = "2022-05-15"
SPANS = {"06999-S01": (0.0, 1300.0), "06999-S02": (1300.0, 15000.0)}
WEST = 1300.0
# Outlines are delivered in degrees with seven decimals: a centimetre
NEAR = 1e-5


class Made:
    """The tables of a district as a run makes them."""

    def __init__(self, folder: Path) -> None:
        settings = load_settings(folder)
        kreis = settings.kreis
        gemeinden = read_gemeinden(settings)
        ortsteile = read_ortsteile(settings, gemeinden)
        rooms = read_sozialraeume(settings, gemeinden, ortsteile)
        self.areas, self.members = build_areas(gemeinden, rooms, kreis, ortsteile)
        self.grenzen, self.outlines = read_grenzen(settings, gemeinden), read_outlines(settings, rooms)
        self.rooms = room_shapes(self.grenzen, self.outlines, self.members, kreis.crs)
        read = {name: read_with_balance(settings, name, gemeinden, ortsteile) for name in kreis.sources}
        self.raw = {name: frame for name, (frame, _) in read.items()}
        self.balances = pl.concat(balance for _, balance in read.values())
        sheets = all_deliveries(folder, kreis)
        self.merkmale, self.losses, self.conversions = harmonise(self.raw, self.areas, sheets, rooms=self.rooms)
        catalogue = catalogue_of(self.merkmale)
        self.values = build_values(self.merkmale, self.areas, self.members, catalogue, kreis.report_year)
        self.provenance = build_provenance(
            self.values, self.merkmale, self.areas, self.members, catalogue, kreis.report_year
        )

    def room(self, indicator_id: str, area_id: str = "06999-S01", period: str = DAY) -> dict:
        """The value of a Sozialraum."""
        return self.values.filter(indicator_id=indicator_id, area_id=area_id, period=period).row(0, named=True)

    def figure(self, auspraegung: str, area_id: str = "06999-S01") -> dict:
        """The figure of a Sozialraum behind it."""
        return self.merkmale.filter(merkmal="bevoelkerung", auspraegung=auspraegung, area_id=area_id, stichtag=DAY).row(
            0, named=True
        )

    def loss(self, item: str) -> dict:
        """What became of all cells of an item."""
        return self.losses.filter(pl.col("step").str.contains(item, literal=True)).row(0, named=True)


def district(folder: Path, *files: tuple[str, bytes], spans: dict | None = None) -> Path:
    """A district of three Gemeinden, the first divided, with files of grid cells."""
    write_district(folder)
    divide_by_outlines(folder, SPANS if spans is None else spans)
    write_official(folder, "zensus_gitter", "2022", {name: ("zensus_gitter", content) for name, content in files})
    return folder


def covered(west: float, east: float) -> list[float]:
    """How much of every cell a strip of the district covers, by the plain geometry of both."""
    corners = [(470000 + x, 5515000 + y) for x, y in ((west, 0), (east, 0), (east, 4000), (west, 4000))]
    strip = shapely.transform(shapely.Polygon(corners), projection("EPSG:25832", CRS))
    squares = [shapely.box(x - 500, y - 500, x + 500, y + 500) for _, x, y in cell_rows()]
    return [shapely.intersection(strip, square).area / 1e6 for square in squares]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(district(tmp_path_factory.mktemp("gitter"), ("gitter.csv", grid_of_2022())))


def test_people_of_a_part_are_those_of_its_cells(made: Made) -> None:
    shares = covered(0, WEST)
    expected = sum(share * people(number) for number, share in enumerate(shares))
    found = made.figure("insgesamt")
    assert found["wert"] == pytest.approx(expected, rel=NEAR)
    assert (found["status"], found["basis"], found["einheit"]) == ("estimated", "Zensus2022", "Personen")
    assert found["file"] == "zensus_gitter/2022/gitter.csv" and found["place"] == "Einwohner"
    assert "Flächenanteil, 1-km-Gitter" in found["conversion"]


def test_totals_are_kept(made: Made) -> None:
    loss = made.loss("bevoelkerung insgesamt")
    assert loss["sum_in"] == sum(people(number) for number in range(len(cell_rows())))
    rooms = sum(made.figure("insgesamt", f"06999-S0{number}")["wert"] for number in (1, 2))
    assert rooms == pytest.approx(loss["sum_out"]) and loss["sum_out"] + loss["outside"] == pytest.approx(
        loss["sum_in"]
    )
    assert (made.losses["lost"] == 0).all()
    checks = every_figure_counted(made.merkmale, made.balances, made.conversions, made.losses)
    assert checks["passed"].all()
    assert checks.filter(pl.col("check_id").str.starts_with("zellen:")).height == 2


def test_a_share_is_weighted_by_the_people_of_its_cells(made: Made) -> None:
    weights = [share * people(number) for number, share in enumerate(covered(0, WEST))]
    old = sum(weight * (10.5 + number % 21) / 100 for number, weight in enumerate(weights))
    found = made.room("D04")
    assert found["value"] == pytest.approx(100 * old / sum(weights), rel=NEAR)
    assert (found["numerator"], found["denominator"]) == (
        pytest.approx(old, rel=NEAR),
        pytest.approx(sum(weights), rel=NEAR),
    )
    assert (found["status"], found["basis"], found["source_ids"]) == ("estimated", "Zensus2022", "zensus_gitter")
    assert "Aus Gitterzellen geschätzt" in found["reason"]
    behind = made.provenance.filter(indicator_id="D04", area_id="06999-S01")
    assert set(behind["item_area_id"]) == {"06999-S01"} and set(behind["place"]) == {"Einwohner", "AnteilUeber65"}


def test_what_cells_do_not_say_is_missing_and_says_why(made: Made) -> None:
    """Neither another day nor another item is taken from the Gemeinde."""
    rooms = made.values.filter(pl.col("area_level") == "sozialraum")
    assert set(rooms.filter(pl.col("value").is_not_null())["indicator_id"]) == {"D04"}
    later = made.room("D04", period="2022-12-31")
    assert (
        later["status"] == "missing" and "Aus Gitterzellen gibt es einen Wert zum Stand 15.05.2022." in later["reason"]
    )
    assert made.values.filter(indicator_id="D04", area_level="gemeinde", period=DAY).is_empty()


def test_cells_without_a_value_are_no_zeros(tmp_path: Path) -> None:
    inside = [number for number, share in enumerate(covered(0, WEST)) if share > 0]
    unknown = {number: ("–", "–") for number in inside}
    made = Made(district(tmp_path, ("gitter.csv", grid_of_2022(unknown))))
    figure = made.figure("insgesamt")
    assert (figure["wert"], figure["status"]) == (None, "missing")
    found = made.room("D04")
    assert (found["value"], found["status"]) == (None, "missing")
    assert found["reason"] == "Im Gebiet hat keine Gitterzelle einen Wert."
    assert f"{len(inside)} von" in made.loss("bevoelkerung insgesamt")["examples"]


@pytest.mark.parametrize(("hidden", "known"), [(1, True), (6, False)])
def test_a_share_unknown_for_many_people_is_missing(tmp_path: Path, hidden: int, known: bool) -> None:
    shares = sorted(((share, number) for number, share in enumerate(covered(0, WEST)) if share > 0), reverse=True)
    secret = {number: (str(people(number)), "–") for _, number in (shares if not known else shares[-1:])[:hidden]}
    made = Made(district(tmp_path, ("gitter.csv", grid_of_2022(secret))))
    assert made.figure("insgesamt")["status"] == "estimated"
    found = made.room("D04")
    assert (found["value"] is not None) == known
    assert ("liegt kein Wert vor" if known else "ab 10 Prozent wird nicht geschätzt") in found["reason"]
    if known:  # the share of the others, of all people
        weights = [share * people(number) for number, share in enumerate(covered(0, WEST))]
        rest = [0 if number in secret else weight for number, weight in enumerate(weights)]
        old = sum(weight * (10.5 + number % 21) for number, weight in enumerate(rest)) / sum(rest)
        assert found["value"] == pytest.approx(old, rel=NEAR)
        assert found["denominator"] == pytest.approx(sum(weights), rel=NEAR)


def dwellings(west: int, east: int) -> bytes:
    """Dwellings of 100 m cells in the layout of 2011: some in the west of every larger cell, others in its east."""
    lines = ["Gitter_ID_100m;Gitter_ID_100m_neu;Merkmal;Auspraegung_Code;Auspraegung_Text;Anzahl;Anzahl_q"]
    for key, x, y in cell_rows():
        for at, number in ((x - 450, west), (x + 450, east)):
            short, long = f"100mN{y // 100}E{at // 100}", f"CRS3035RES100mN{y // 100 * 100}E{at // 100 * 100}"
            lines.append(f"{short};{long};INSGESAMT;0;Einheiten insgesamt;{number};0")
            lines.append(f"{short};{long};RAUMANZAHL;3;3 Räume;{number};0")
        assert key
    return ("\n".join(lines) + "\n").encode("iso-8859-1")


def people_of_2011() -> bytes:
    lines = ["Gitter_ID_1km;x_mp_1km;y_mp_1km;Einwohner;Alter_D;Frauen_A"]
    lines += [f"1kmN{y // 1000}E{x // 1000};{x};{y};{people(at)};44;51,5" for at, (_, x, y) in enumerate(cell_rows())]
    return ("\n".join(lines) + "\n").encode()


def test_dwellings_divide_larger_cells(tmp_path: Path) -> None:
    """All dwellings of a cell lie on one side: so do its people, whatever surface the Sozialraum has of it."""
    files = ("personen.csv", people_of_2011()), ("wohnungen.csv", dwellings(9, 3))
    made = Made(district(tmp_path, *files))
    found = made.merkmale.filter(area_id="06999-S01", stichtag="2011-05-09", auspraegung="insgesamt").row(0, named=True)
    corners = [(470000 + x, 5515000 + y) for x, y in ((0, 0), (WEST, 0), (WEST, 4000), (0, 4000))]
    strip = shapely.transform(shapely.Polygon(corners), projection("EPSG:25832", CRS))
    expected = 0.0
    for at, (_, x, y) in enumerate(cell_rows()):
        parts = [shapely.intersection(strip, shapely.box(x + side, y, x + side + 100, y + 100)).area / 1e4
                 for side in (-500, 400)]  # fmt: skip
        expected += people(at) * (9 * parts[0] + 3 * parts[1]) / 12
    assert found["wert"] == pytest.approx(expected, rel=NEAR)
    assert "dasymetrisch, 1-km-Gitter, Gewicht: Wohnungen" in found["conversion"]
    assert made.merkmale.filter(merkmal="wohnungen", auspraegung="gewicht").is_empty()
    assert made.balances.filter(outcome="als Gewicht der Gitterzellen gelesen")["figures"].to_list() == [408]
    # No share of those from 65 in these files; women are known
    assert made.room("N02", period="2011-05-09")["value"] == pytest.approx(51.5)


def table_of_cells(folder: Path, lines: list[str]) -> Path:
    """A planner's table: two whole Gemeinden and lines of cells."""
    whole = "Sozialraum;Gitterzelle;AGS\n2;;06999002\n2;;06999003\n"
    path = folder.parent / "plan.csv"
    path.write_text(whole + "".join(f"{line};06999001\n" for line in lines), encoding="utf-8")
    return path


def cells_by_side() -> list[tuple[str, int]]:
    """Every cell with its share in the divided Gemeinde, the number of its Sozialraum before it."""
    divided = covered(0, 4000)
    near = [at for at, share in enumerate(divided) if share > 0]
    return [(f"{1 if cell_rows()[at][1] < 4_220_000 else 2};{cell_rows()[at][0]}", at) for at in near]


def test_a_table_of_cells_becomes_a_cut_with_values(tmp_path: Path) -> None:
    write_district(tmp_path / "daten")
    write_official(tmp_path / "daten", "zensus_gitter", "2022", {"g.csv": ("zensus_gitter", grid_of_2022())})
    settings = load_settings(tmp_path / "daten", tmp_path / "aus")
    own = cells_by_side()
    plan, found, known = checked(settings, table_of_cells(settings.data_dir, [line for line, _ in own]))
    assert found.fits, found.findings
    assert [one.kind for one in found.findings] == ["geteilte Gemeinde"]
    assert fsum(weight for _, key, weight in found.members if key == "06999001") == pytest.approx(1)
    assert sum(shape.area for shape in plan.shapes.values()) == pytest.approx(
        sum(shape.area for shape in known.shapes.values())
    )
    lay_down(settings, plan, found, "2022-01-01")
    made = Made(settings.data_dir)
    assert made.rooms.cut == {"06999-S01", "06999-S02"}
    divided = covered(0, 4000)
    west = fsum(divided[at] * people(at) for line, at in own if line.startswith("1"))
    assert made.figure("insgesamt")["wert"] == pytest.approx(west, rel=1e-5)
    # One left out is a gap, however small; nothing is laid down
    _, short, _ = checked(settings, table_of_cells(settings.data_dir, [line for line, _ in own[1:]]))
    assert [one.kind for one in short.findings if one.blocks] == ["Lücke"]
    beside = table_of_cells(settings.data_dir, [line for line, _ in own] + ["3;CRS3035RES1000mN2990000E4250000"])
    assert "06999-S03: keine Gitterzelle" in str(checked(settings, beside)[1].findings)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("1;1kmN2964E4218", "keinen gültigen Schlüssel"),
        ("1;CRS3035RES100mN2964000E4218000", "verschieden groß"),
        ("2;CRS3035RES1000mN2965000E4218000", "zweimal"),
    ],
)
def test_a_faulty_table_of_cells_is_refused(tmp_path: Path, line: str, what: str) -> None:
    settings = load_settings(write_district(tmp_path / "daten"))
    with pytest.raises(InputError, match=what) as caught:
        checked(settings, table_of_cells(settings.data_dir, ["1;CRS3035RES1000mN2965000E4218000", line]))
    assert caught.value.row == 5


def test_figures_of_ortsteile_go_before_cells(tmp_path: Path) -> None:
    """On the same day both are known: what was counted is shown, not what was estimated."""

    def on_the_day(rows: list[dict]) -> list[dict]:
        told = [row | {"stichtag": DAY, "basis": "Zensus2022"} for row in of_ortsteile(rows)
                if row["merkmal"] == "bevoelkerung" and row["stichtag"] == "2022-12-31"]  # fmt: skip
        return [*rows, *told]

    write_district(tmp_path, overrides={"hessische_gemeindestatistik": on_the_day})
    put(tmp_path, "ortsteile.csv", ORTSTEILE, "gebiete_ortsteile")
    rows = [("06999-S01", "06999001001", "1"), ("06999-S01", "06999002", "1")]
    rows += [("06999-S02", "06999001002", "1"), ("06999-S02", "06999003", "1")]
    put(tmp_path, "sozialraeume.csv", cut(rows), "gebiete_sozialraeume")

    put(tmp_path, "sozialraeume.geojson", polygons(SPANS), "gebiete_umrisse")
    write_official(tmp_path, "zensus_gitter", "2022", {"gitter.csv": ("zensus_gitter", grid_of_2022())})
    made = Made(tmp_path)
    found = made.room("D04")
    assert (found["status"], found["source_ids"]) == ("reported", "hessische_gemeindestatistik")


def test_whole_gemeinden_need_no_cells(tmp_path: Path) -> None:
    write_district(tmp_path)
    write_official(tmp_path, "zensus_gitter", "2022", {"gitter.csv": ("zensus_gitter", grid_of_2022())})
    made = Made(tmp_path)
    assert made.merkmale.filter(source_id="zensus_gitter").is_empty()
    loss = made.losses.filter(source_id="zensus_gitter").row(0, named=True)
    assert (loss["rows_in"], loss["lost"], loss["sum_in"]) == (2 * len(cell_rows()), 0, None)
    assert loss["examples"] == "Kein Sozialraum mit Umriss teilt eine Gemeinde."
    assert every_figure_counted(made.merkmale, made.balances, made.conversions, made.losses)["passed"].all()


def test_topics_the_atlas_has_no_use_for_are_counted(tmp_path: Path) -> None:
    rent = grid_of_2022().replace(b"Einwohner;AnteilUeber65", b"durchschnMieteQM;Wohnungen")
    made = Made(district(tmp_path, ("miete.csv", rent)))
    assert made.raw["zensus_gitter"].is_empty()
    counted = made.balances.filter(source_id="zensus_gitter")
    assert counted.select("outcome", "figures").rows() == [("kein Merkmal des Atlas", 2 * len(cell_rows()))]
    assert made.values.filter(pl.col("area_level") == "sozialraum")["value"].is_null().all()

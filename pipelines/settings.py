"""Where things are and which district this is: folders of one run and the content of `kreis.yml`.

What belongs here: reading and checking settings. What does not: reading deliveries (`pipelines.sources`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.errors import AtlasError, InputError
from pipelines.yaml_file import read_yaml

PROJECT_DIR = Path(__file__).resolve().parent.parent
ENGINES = ("embedded",)


@dataclass(frozen=True)
class Kreis:
    """The district as `kreis.yml` describes it; every field is data, none is code."""

    key: str
    name: str
    short_name: str
    land_key: str
    land_name: str
    report_year: int
    publisher: str
    contact: str
    crs: str
    east: tuple[float, float]
    north: tuple[float, float]
    neighbours: list[dict[str, Any]]
    sozialraeume_decided: bool
    sozialraum_label: str
    sozialraum_note: str
    sources: list[str]
    disclosure: dict[str, Any]
    committees: list[str]
    label: str


@dataclass(frozen=True)
class Settings:
    """Folders and options of one run. Paths are absolute; nothing depends on the folder a command is called from."""

    data_dir: Path
    out_dir: Path
    year: int
    engine: str
    kreis: Kreis = field(repr=False)

    @cached_property
    def curated_dir(self) -> Path:
        """Folder of the internal warehouse; the shipped district keeps it in the project, others by their output."""
        shipped = self.data_dir == PROJECT_DIR / "data" / "raw" and self.out_dir == PROJECT_DIR / "reports" / "output"
        return PROJECT_DIR / "data" / "curated" if shipped else self.out_dir / ".curated"

    @property
    def warehouse(self) -> Path:
        """The internal DuckDB file."""
        return self.curated_dir / "sozialatlas.duckdb"

    @property
    def output_dir(self) -> Path:
        """The released edition of the report year."""
        return self.out_dir / str(self.year)

    @property
    def staging_dir(self) -> Path:
        """Where an edition is built before it takes the place of the last one."""
        return self.out_dir / f".{self.year}.neu"


def load_settings(
    data: Path | str | None = None,
    out: Path | str | None = None,
    year: int | None = None,
    engine: str = "embedded",
) -> Settings:
    """Settings from options; without options those of the shipped district.

    Raises InputError when `kreis.yml` is absent or incomplete, AtlasError for an unknown engine.
    """
    data_dir = Path(data).resolve() if data else PROJECT_DIR / "data" / "raw"
    out_dir = Path(out).resolve() if out else PROJECT_DIR / "reports" / "output"
    if engine not in ENGINES:
        raise AtlasError(
            f"Das Satzprogramm „{engine}“ ist nicht bekannt.",
            expected=" oder ".join(ENGINES),
            found=engine,
            remedy="Die Option --engine weglassen oder einen der genannten Namen angeben.",
        )
    kreis = load_kreis(data_dir / "kreis.yml")
    return Settings(data_dir, out_dir, year or kreis.report_year, engine, kreis)


def load_kreis(path: Path) -> Kreis:
    """The district of a data folder. Raises InputError naming the file and the missing or wrong entry."""
    content = _kreis_sheet(path)
    try:
        return _kreis(content, path)
    except KeyError as error:
        raise InputError(
            "In der Einstellung des Kreises fehlt ein Eintrag.",
            file=path,
            column=str(error.args[0]),
            expected=f"Eintrag {error.args[0]}",
            found="kein Eintrag",
            remedy="Den Eintrag nach dem Muster des mitgelieferten data/raw/kreis.yml ergänzen.",
        ) from error
    except (TypeError, ValueError) as error:
        raise InputError(
            "Ein Eintrag in der Einstellung des Kreises hat die falsche Form.",
            file=path,
            expected="Einträge wie im mitgelieferten data/raw/kreis.yml",
            found=str(error),
            remedy="Den Eintrag nach dem Muster des mitgelieferten data/raw/kreis.yml berichtigen.",
        ) from error


def _kreis(content: dict[str, Any], path: Path) -> Kreis:
    return Kreis(
        key=_text(content, "schluessel", path),
        name=_text(content, "name", path),
        short_name=_text(content, "kurzname", path),
        land_key=str(content["land"]["schluessel"]),
        land_name=str(content["land"]["name"]),
        report_year=int(content["berichtsjahr"]),
        publisher=str(content["herausgeber"]),
        contact=str(content["ansprechperson"]),
        crs=str(content["crs"]),
        east=_pair(content["grenzen"]["ost"]),
        north=_pair(content["grenzen"]["nord"]),
        neighbours=list(content.get("nachbarn") or []),
        sozialraeume_decided=bool(content["sozialraeume"]["beschlossen"]),
        sozialraum_label=str(content["sozialraeume"]["bezeichnung"]),
        sozialraum_note=str(content["sozialraeume"]["hinweis"]),
        sources=list(content["quellen"]),
        disclosure=dict(content["geheimhaltung"]),
        committees=list(content.get("gremien") or []),
        label=str(content.get("kennzeichnung") or ""),
    )


def _kreis_sheet(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(
            "Der Datenordner enthält keine Einstellung des Kreises.",
            file=path,
            expected="eine Datei kreis.yml",
            found="keine Datei",
            remedy="Den Ordner mit --data prüfen oder kreis.yml nach dem Muster von data/raw/kreis.yml anlegen.",
        )
    content = read_yaml(path, "Die Einstellung des Kreises ist nicht lesbar.")
    return content if isinstance(content, dict) else {}


def _text(content: dict[str, Any], key: str, path: Path) -> str:
    value = content[key]
    if not isinstance(value, str):
        raise InputError(
            "Ein Eintrag der Einstellung muss Text sein.",
            file=path,
            column=key,
            expected='Text in Anführungszeichen, z. B. "06432"',
            found=repr(value),
            remedy="Den Eintrag in Anführungszeichen setzen; sonst geht eine führende Null verloren.",
        )
    return value


def _pair(value: Any) -> tuple[float, float]:
    low, high = value
    return float(low), float(high)

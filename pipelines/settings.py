"""Where things are and which district this is: folders of one run and the content of `kreis.yml`.

What belongs here: reading and checking settings. What does not: reading deliveries (`pipelines.sources`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.errors import AtlasError, InputError
from pipelines.german import date_text, is_day
from pipelines.mandate import SENTENCES
from pipelines.offices import ADJECTIVE, GENERAL, general_names, office_names
from pipelines.yaml_file import read_yaml

PROJECT_DIR = Path(__file__).resolve().parent.parent
ENGINES = ("embedded", "quarto")
PUBLIC = ("Ö", "NÖ")  # how a body meets
OCCASIONS = ("jugendhilfe",)  # what brings a body into the Beratungsfolge that is not always in it
EXAMPLE = "Beispielzuschnitt"  # the word by which maps and tables mark Sozialräume nobody resolved
FIRST_YEAR, LAST_YEAR = 1900, 2200
PATTERN = "dem Muster des mitgelieferten data/raw/kreis.yml"
# A published folder: encrypted, a host with a point, no file, query or sign that a printed address could lose
_ADDRESS = re.compile(r"(?!.*\.html?/?$)https://[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(/\w[\w.~-]*)*/?", re.ASCII)


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
    older_outlines: tuple[str, ...]  # Gemeinden whose outline is of an earlier Gebietsstand than their area
    sozialraeume_decided: bool
    sozialraum_label: str
    sozialraum_note: str
    sources: list[str]
    disclosure: dict[str, Any]
    committees: list[dict[str, Any]]  # Beratungsfolge: nr, name, status, zustaendigkeit and, where it has one, anlass
    label: str
    mandate: dict[str, str] = field(default_factory=dict)  # sentences of `pipelines.mandate`, where it has own ones
    paper_number: str | None = None  # form of the number of a paper: N and J for digits; None: any
    offices: dict[str, str] = field(default_factory=general_names)  # names by placeholder, as `offices` gives them
    portal_address: str | None = None  # where the folder of the web page is published; None: nowhere known
    fetch: dict[str, Any] = field(default_factory=dict)  # the group `abruf`: how `fetch` gets out


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
    def results_dir(self) -> Path:
        """What checks found, one file per check, until it is released."""
        return self.curated_dir / "pruefung"

    @property
    def figures_dir(self) -> Path:
        """Figures of the documents: inputs of an edition, not part of it."""
        return self.curated_dir / "abbildungen"

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

    Raises InputError when `kreis.yml` is absent or faulty, AtlasError for an unknown engine or a year for which there
    can be no figures.
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
    year = kreis.report_year if year is None else year
    if not FIRST_YEAR <= year <= kreis.report_year:
        raise AtlasError(
            f"Für das Berichtsjahr {year} kann keine Ausgabe entstehen.",
            expected=f"ein Jahr von {FIRST_YEAR} bis {kreis.report_year} (berichtsjahr in kreis.yml)",
            found=year,
            remedy="Die Option --year berichtigen; für ein späteres Jahr zuerst berichtsjahr in kreis.yml setzen.",
        )
    return Settings(data_dir, out_dir, year, engine, kreis)


def load_kreis(path: Path) -> Kreis:
    """The district of a data folder. Raises InputError naming the file and the missing, wrong or unknown entry."""
    sheet = _Entries(path, _kreis_sheet(path))
    land, borders, spaces = sheet.group("land"), sheet.group("grenzen"), sheet.group("sozialraeume")
    sources = sheet.names("quellen", needed=True)
    return Kreis(
        key=sheet.text("schluessel"),
        name=sheet.text("name"),
        short_name=sheet.text("kurzname"),
        land_key=land.text("schluessel"),
        land_name=land.text("name"),
        report_year=sheet.year("berichtsjahr"),
        publisher=sheet.text("herausgeber"),
        contact=sheet.text("ansprechperson"),
        crs=sheet.text("crs"),
        east=borders.pair("ost"),
        north=borders.pair("nord"),
        neighbours=sheet.groups("nachbarn"),
        older_outlines=_older(sheet),
        sozialraeume_decided=spaces.flag("beschlossen"),
        sozialraum_label=spaces.text("bezeichnung"),
        sozialraum_note=_resolution(spaces) or _example(spaces),
        sources=sources,
        disclosure=_disclosure(sheet.group("geheimhaltung"), sources),
        committees=_committees(sheet),
        label=sheet.text("kennzeichnung", default=""),
        mandate=_mandate(sheet.group("auftrag", needed=False)),
        paper_number=_paper_number(sheet),
        offices=_offices(sheet.group("stellen", needed=False), land),
        portal_address=sheet.address("portal_adresse"),
        fetch=_fetching(sheet.group("abruf", needed=False)),
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


def _committees(sheet: _Entries) -> list[dict[str, Any]]:
    """Who deals with a paper, in the order of the stages; the numbers begin at 1 and never go back."""
    found: list[dict[str, Any]] = []
    like = "{nr: 1, name: Kreisausschuss, status: NÖ, zustaendigkeit: …}"
    for place, content in enumerate(sheet.groups("gremien", like), 1):
        body = _Entries(sheet.path, content, f"gremien, Eintrag {place}")
        body.only("nr", "name", "status", "zustaendigkeit", "anlass")
        occasion = {"anlass": body.choice("anlass", OCCASIONS)} if "anlass" in content else {}
        stage, name = body.count("nr"), body.text("name")
        last = found[-1]["nr"] if found else 0
        wrong = "nr" if stage not in (last, last + 1) else "name" if name in [one["name"] for one in found] else None
        if wrong:
            raise body.fault(wrong, "je Gremium ein Eintrag, nr ab 1 ohne Lücke")
        shown = {"status": body.choice("status", PUBLIC), "zustaendigkeit": body.text("zustaendigkeit")}
        found.append({"nr": stage, "name": name, **shown, **occasion})
    return found


def _paper_number(sheet: _Entries) -> str | None:
    """The form of the number of a paper; without a running number all papers would have the same."""
    if "vorlagennummer" not in sheet.content:
        return None
    form = sheet.text("vorlagennummer")
    if "N" not in form:
        raise sheet.fault("vorlagennummer", "eine Form mit N für die Ziffern der laufenden Nummer, z. B. NNNN-JJJJ")
    return form


def _older(sheet: _Entries) -> tuple[str, ...]:
    """Gemeinden of the district whose outline is known to be older than their area."""
    named = sheet.names("aeltere_umrisse")
    kreis = sheet.text("schluessel")
    if not all(re.fullmatch(f"{kreis}[0-9]{{3}}", ags) for ags in named):
        like = f"Gemeindeschlüssel in Anführungszeichen, 8 Ziffern, die mit {kreis} beginnen"
        raise sheet.fault("aeltere_umrisse", like)
    return tuple(named)


def _example(spaces: _Entries) -> str:
    """How an example division is marked; maps refuse a title from which a reader cannot tell that it is one."""
    note = spaces.text("hinweis")
    if EXAMPLE not in note:
        raise spaces.fault("hinweis", f"ein Hinweis mit dem Wort „{EXAMPLE}“, solange nichts beschlossen ist")
    return note


def _mandate(mandate: _Entries) -> dict[str, str]:
    """Own sentences about the mandate; a misspelt entry must not leave the general sentence in force unnoticed."""
    mandate.only(*SENTENCES)
    return {name: mandate.text(name) for name in mandate.content}


def _offices(own: _Entries, land: _Entries) -> dict[str, str]:
    """What offices are called here; those not named have a general name."""
    land.only("schluessel", "name", "adjektiv")
    own.only(*GENERAL)
    found: dict[str, tuple[str, str | None]] = {}
    for task in own.content:
        office = own.group(task)
        office.only("name", "kurz")
        found[task] = office.text("name"), office.text("kurz") if "kurz" in office.content else None
        if not found[task][0].strip():
            raise office.fault("name", "die Bezeichnung der Stelle")
    return office_names(found, land.text("adjektiv") if "adjektiv" in land.content else ADJECTIVE)


def _resolution(spaces: _Entries) -> str | None:
    """How a resolved division is marked wherever an example is: the day of the resolution and its paper."""
    if not spaces.flag("beschlossen"):
        return None
    resolution = spaces.group("beschluss")
    resolution.only("datum", "drucksache")
    day = str(resolution.content.get("datum", ""))
    if not is_day(day):
        raise resolution.fault("datum", "der Tag des Beschlusses, JJJJ-MM-TT")
    return f"beschlossen am {date_text(day)}, Drucksache {resolution.text('drucksache')}"


def _disclosure(rules: _Entries, sources: list[str]) -> dict[str, Any]:
    """The limits of `pipelines.disclosure.primary`; a misspelt one must not leave the default in force unnoticed."""
    limits = ("mindestnenner", "mindesteinwohner")
    rules.only("standard", "quellen", *limits)
    standard = rules.group("standard")
    standard.only("mindestzahl", "sensibel")
    own = rules.group("quellen", needed=False)
    own.only(*sources)
    return {
        "standard": {"mindestzahl": standard.count("mindestzahl"), "sensibel": standard.flag("sensibel")},
        "quellen": {name: _rule_of_source(own.group(name)) for name in own.content},
        **{name: rules.count(name) for name in limits},
    }


def _fetching(way: _Entries) -> dict[str, Any]:
    """How this place reaches publishers; what depends on a computer or is secret belongs into its environment."""
    way.only("proxy", "zertifikate", "pause", "kontakt", "adressen")
    texts = ("proxy", "zertifikate", "kontakt")
    found: dict[str, Any] = {name: way.text(name) for name in texts if name in way.content}
    if "@" in found.get("proxy", ""):
        raise InputError(
            "Zugangsdaten eines Proxys gehören nicht in die Einstellung des Kreises.",
            file=way.path,
            column="abruf.proxy",
            expected="eine Adresse ohne Benutzer und Kennwort",
            found="eine Adresse mit Zugangsdaten",
            remedy="Den Eintrag streichen und den Proxy mit Zugangsdaten in der Umgebungsvariablen HTTPS_PROXY nennen.",
        )
    if "pause" in way.content:
        found["pause"] = way.count("pause")
    own = way.group("adressen", needed=False)
    return found | {"adressen": {name: own.text(name) for name in own.content}}


def _rule_of_source(rule: _Entries) -> dict[str, Any]:
    rule.only("mindestzahl", "sensibel")
    read = {"mindestzahl": rule.count, "sensibel": rule.flag}
    return {name: read[name](name) for name in rule.content}


@dataclass(frozen=True)
class _Entries:
    """Entries of `kreis.yml` or of a group in it, read by the form they must have; `place` is the name of the group.

    Every method raises InputError that names the entry with its group, such as `geheimhaltung.standard.mindestzahl`.
    """

    path: Path
    content: dict[str, Any]
    place: str = ""

    def text(self, name: str, default: str | None = None) -> str:
        """A text; digits without quotes are refused, because YAML would take a leading zero away."""
        value = self._value(name) if default is None else self.content.get(name) or default
        if not isinstance(value, str):
            raise self.fault(
                name,
                'Text in Anführungszeichen, z. B. "06432"',
                "Den Eintrag in Anführungszeichen setzen; sonst geht eine führende Null verloren.",
            )
        return value

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        """One of the known words."""
        value = self._value(name)
        if value not in known:
            raise self.fault(name, " oder ".join(known))
        return value

    def year(self, name: str) -> int:
        """A year of the calendar."""
        value = self._value(name)
        if type(value) is not int or not FIRST_YEAR <= value <= LAST_YEAR:
            raise self.fault(name, "Jahreszahl")
        return value

    def count(self, name: str) -> int:
        """A whole number from 1."""
        value = self._value(name)
        if type(value) is not int or value < 1:
            raise self.fault(name, "eine ganze Zahl ab 1")
        return value

    def flag(self, name: str) -> bool:
        """Yes or no."""
        value = self._value(name)
        if not isinstance(value, bool):
            raise self.fault(name, "true oder false")
        return value

    def pair(self, name: str) -> tuple[float, float]:
        """Two numbers, the smaller first."""
        value = self._value(name)
        numbers = value if isinstance(value, list) and all(type(one) in (int, float) for one in value) else []
        if len(numbers) != 2 or not numbers[0] < numbers[1]:
            raise self.fault(name, "zwei Zahlen, die kleinere zuerst, z. B. [465300, 503700]")
        return float(numbers[0]), float(numbers[1])

    def address(self, name: str) -> str | None:
        """The address of a folder on the web, without a slash at its end; None when there is no entry."""
        if name not in self.content:
            return None
        value = self.content[name]
        if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
            raise self.fault(name, "die Adresse eines Ordners, z. B. https://sozialatlas.example.org/2023")
        return value.removesuffix("/")

    def names(self, name: str, *, needed: bool = False) -> list[str]:
        """A list of texts; empty when it need not be there and is not."""
        value = self._value(name) if needed else self.content.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.fault(name, "eine Liste von Namen")
        return value

    def groups(self, name: str, like: str = "{name: …, ost: …, nord: …}") -> list[dict[str, Any]]:
        """A list of groups of entries; empty when there is none."""
        value = self.content.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.fault(name, f"eine Liste von Gruppen wie {like}")
        return value

    def group(self, name: str, *, needed: bool = True) -> _Entries:
        """The entries below this one."""
        value = self._value(name) if needed else self.content.get(name) or {}
        if not isinstance(value, dict):
            raise self.fault(name, "eine Gruppe von Einträgen")
        return _Entries(self.path, value, self._dotted(name))

    def only(self, *known: str) -> None:
        """Refuse an entry that is none of the known ones."""
        for name in self.content:
            if name not in known:
                raise InputError(
                    "Die Einstellung des Kreises enthält einen Eintrag, der dort nicht vorgesehen ist.",
                    file=self.path,
                    column=self._dotted(name),
                    expected=", ".join(known),
                    found=_shown(name),
                    remedy="Den Namen des Eintrags berichtigen oder den Eintrag streichen.",
                )

    def _dotted(self, name: object) -> str:
        return f"{self.place}.{name}" if self.place else str(name)

    def _value(self, name: str) -> Any:
        if name not in self.content:
            raise InputError(
                "In der Einstellung des Kreises fehlt ein Eintrag.",
                file=self.path,
                column=self._dotted(name),
                expected=f"Eintrag {self._dotted(name)}",
                found="kein Eintrag",
                remedy=f"Den Eintrag nach {PATTERN} ergänzen.",
            )
        return self.content[name]

    def fault(self, name: str, expected: str, remedy: str = f"Den Eintrag nach {PATTERN} berichtigen.") -> InputError:
        return InputError(
            "Ein Eintrag in der Einstellung des Kreises hat die falsche Form.",
            file=self.path,
            column=self._dotted(name),
            expected=expected,
            found=_shown(self.content[name]),
            remedy=remedy,
        )


def _shown(value: object) -> str:
    """A value of YAML as its writer sees it."""
    if value is None:
        return "leer"
    if isinstance(value, bool):
        return f"„{str(value).lower()}“"
    if isinstance(value, str) and value.isdigit():
        return f"„{value}“ als Text in Anführungszeichen"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "eine leere Liste"
    return "eine Gruppe von Einträgen" if isinstance(value, dict) else f"„{value}“"

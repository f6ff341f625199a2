"""No code or template names the shipped district: what is particular to it stands in its data folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.settings import PROJECT_DIR

ROOMS = ("pipelines", "assets", "reports")
SUFFIXES = {".py", ".yml", ".json", ".qmd", ".jinja", ".typ", ".js", ".css"}
# Names of the district, its Gemeinden on a title, its motion and the offices that only one Land has
NAMES = re.compile(
    r"dadi\b|darmstadt|dieburg|3003-2020|Beispielraum [1-9]"
    r"|Hessisches (?:Amt|Statistisches)|Vereinigung Hessen|\b(?:KV|LWV) Hessen|Landes Hessen|hessische[nrsm]? Quoten",
    re.IGNORECASE,
)
# Where such a name may stand, and why
ALLOWED = {
    "pipelines/indicators/catalogue.yml": "citations of the publication a definition is taken from, whoever uses it",
    "pipelines/sources/catalogue/hessische_gemeindestatistik.yml": "a source of one Land is named by its publisher",
    "pipelines/sources/catalogue/wahlen.yml": "a source of one Land is named by its publisher",
    "pipelines/readers/hgst.py": "the format of that source",
    "pipelines/readers/signs.py": "the signs of that publisher",
    "pipelines/readers/wahlen.py": "the format of that source",
    "pipelines/sources/scaffold.py": "the placeholder a new district begins with",
}


def _sources() -> list[Path]:
    found = [path for room in ROOMS for path in sorted((PROJECT_DIR / room).rglob("*")) if path.suffix in SUFFIXES]
    return [path for path in found if not {"output", "__pycache__"} & set(path.parts)]


@pytest.mark.parametrize("room", ROOMS)
def test_code_and_templates_name_no_district(room: str) -> None:
    named = {}
    for path in _sources():
        name = path.relative_to(PROJECT_DIR).as_posix()
        if name.startswith(f"{room}/") and name not in ALLOWED:
            for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if NAMES.search(text):
                    named[f"{name}:{line}"] = text.strip()
    assert not named


def test_every_exception_is_still_needed() -> None:
    for name in ALLOWED:
        assert NAMES.search((PROJECT_DIR / name).read_text(encoding="utf-8")), name
    citations = re.findall(
        r"^(.*Hessisches.*)$",
        (PROJECT_DIR / "pipelines/indicators/catalogue.yml").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert citations and all(line.strip().startswith("citation:") for line in citations)

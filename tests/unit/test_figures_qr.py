"""QR codes: what is printed is the matrix of the address, with its quiet zone, and the address stands beside it."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from pipelines.figures import qr
from pipelines.figures.export import png_bytes, svg_bytes
from pipelines.publish import pages
from pipelines.publish.copy import write_copy
from pipelines.publish.engines import Order, Place, engine
from pipelines.publish.illustrations import Illustrations, draw
from pipelines.publish.released import Release, open_release
from pipelines.settings import PROJECT_DIR
from tests import pdf
from tests.fixtures.ages import with_ages
from tests.fixtures.release import GEMEINDEN, release_frames

FOLDER = "https://sozialatlas.example.org/2023"
AREA = next(iter(GEMEINDEN))
ADDRESSES = (f"{FOLDER}/", f"{FOLDER}/portal/gemeinde/{AREA}.html")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    frames = release_frames()
    edition = frames["edition"].with_columns(portal_address=pl.lit(FOLDER))
    return open_release(write_copy({**frames, "edition": edition}, tmp_path_factory.mktemp("adresse")))


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_module_is_printed_where_the_matrix_has_it(address: str) -> None:
    picture = Image.open(io.BytesIO(png_bytes(qr.qr_code(address), 300))).convert("L")
    cells = qr.matrix(address)
    count = len(cells) + 2 * qr.QUIET
    module = picture.width / count
    for y in range(count):
        for x in range(count):
            inside = qr.QUIET <= x < count - qr.QUIET and qr.QUIET <= y < count - qr.QUIET
            dark = inside and cells[y - qr.QUIET][x - qr.QUIET] == 1
            shade = picture.getpixel((int((x + 0.5) * module), int((y + 0.5) * module)))
            assert isinstance(shade, int) and (shade < 128) == dark, (x, y)


def test_the_matrix_is_that_of_level_m() -> None:
    import segno

    code = segno.make_qr(ADDRESSES[1], error="m", boost_error=False)
    assert code.error == "M" and code.matrix == qr.matrix(ADDRESSES[1])


def test_the_picture_is_one_shape_without_text_and_always_the_same() -> None:
    svg = svg_bytes(qr.qr_code(ADDRESSES[0]))
    assert svg == svg_bytes(qr.qr_code(ADDRESSES[0]))
    assert b"<image" not in svg and b"<text" not in svg


def test_modules_stay_readable_for_a_long_address() -> None:
    assert qr.SIZE / (len(qr.matrix("https://" + "a" * 92)) + 2 * qr.QUIET) > 0.4


def test_paper_leads_to_the_page_of_the_gemeinde_and_to_the_start(release: Release) -> None:
    for page, address, name in (
        (pages.title(release), ADDRESSES[0], "adresse.svg"),
        (pages.imprint(release), ADDRESSES[0], "adresse.svg"),
        (pages.profile(release, AREA), ADDRESSES[1], f"{AREA}-adresse.svg"),
    ):
        assert f'"{address}"' in page and f"abbildungen/{name}" in page
    drawn = {picture.name: picture.alt for picture in Illustrations(release).all()}
    assert ADDRESSES[0] in drawn["adresse.svg"] and ADDRESSES[1] in drawn[f"{AREA}-adresse.svg"]


def test_a_profile_with_code_and_pyramid_keeps_to_two_pages(tmp_path: Path) -> None:
    frames = with_ages(release_frames())
    edition = frames["edition"].with_columns(portal_address=pl.lit(FOLDER))
    copy = write_copy({**frames, "edition": edition}, tmp_path)
    draw(list(Illustrations(open_release(copy)).of_profile(AREA)), tmp_path / "bilder")
    order = Order(PROJECT_DIR / "reports" / "profile.qmd", tmp_path / "profil.pdf", AREA)
    engine("embedded").render(Place(PROJECT_DIR / "reports", copy, tmp_path / "bilder"), [order])
    assert len(pdf.pages(order.output)) == 2
    assert f"QR-Code mit der Adresse {ADDRESSES[1]}" in " ".join(pdf.elements(order.output, "Figure"))
    assert ADDRESSES[1] in pdf.spoken(order.output).replace("\n", "")


def test_without_an_address_none_is_made_up(tmp_path: Path) -> None:
    found = open_release(write_copy(release_frames(), tmp_path))
    for page in (pages.title(found), pages.imprint(found), pages.profile(found, AREA)):
        assert "adresse.svg" not in page and "https://" not in page
    assert "Datei index.html im Ordner dieser Ausgabe" in pages.imprint(found)
    assert not [picture for picture in Illustrations(found).all() if "adresse" in picture.name]

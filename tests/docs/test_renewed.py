"""Documents made by the program are in step with it; `python -m tests.docs.renew` writes them anew."""

from __future__ import annotations

import io

from pipelines.contracts import contract, tables
from pipelines.indicators.catalogue import load_catalogue
from pipelines.sources.registry import catalogue
from tests.docs import renew

PIXELS_THAT_MAY_DIFFER = 0.001  # fonts and lines are drawn alike, but not to the last pixel, on every processor
VISIBLE = 32  # of 255 levels of grey


def test_the_data_dictionary_follows_the_contracts() -> None:
    assert renew.DICTIONARY.read_text(encoding="utf-8") == renew.dictionary_page(), "python -m tests.docs.renew"


def test_the_list_of_sources_and_indicators_follows_the_catalogues() -> None:
    assert renew.CATALOGUE.read_text(encoding="utf-8") == renew.catalogue_page(), "python -m tests.docs.renew"


def test_every_source_and_every_indicator_is_listed() -> None:
    text = renew.catalogue_page()
    for name in [*catalogue(), *(indicator.indicator_id for indicator in load_catalogue())]:
        assert text.count(f"| `{name}` |") == 1


def test_the_data_dictionary_holds_every_column() -> None:
    text = renew.dictionary_page()
    for name in tables():
        assert f"`{name}`" in text
        for column in contract(name).columns:
            assert f"`{column.name}`" in text
            assert column.description in text


def test_the_map_of_the_first_screen_is_what_the_program_draws() -> None:
    from PIL import Image, ImageChops

    stored, made = renew.MAP.read_bytes(), renew.map_picture()
    shown, drawn = (Image.open(io.BytesIO(data)).convert("RGB") for data in (stored, made))
    assert shown.size == drawn.size, "python -m tests.docs.renew"
    levels = ImageChops.difference(shown, drawn).convert("L").histogram()
    assert sum(levels[VISIBLE:]) <= PIXELS_THAT_MAY_DIFFER * shown.width * shown.height, "python -m tests.docs.renew"


def test_the_map_of_the_first_screen_is_small() -> None:
    assert renew.MAP.stat().st_size < 150_000

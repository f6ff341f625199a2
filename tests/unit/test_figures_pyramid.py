"""Population pyramids: drawn from released ages by sex, wherever a release holds them in full, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from pipelines.figures import alt, export
from pipelines.figures.canvas import Box
from pipelines.figures.pyramid import pyramid
from pipelines.indicators.catalogue import Term
from pipelines.publish import ages, pages
from pipelines.publish.ages import ages_by_sex, rows_by_sex
from pipelines.publish.copy import write_copy
from pipelines.publish.illustrations import Illustrations
from pipelines.publish.released import Release, open_release
from tests.fixtures.ages import with_ages
from tests.fixtures.release import GEMEINDEN, KREIS, release_frames

FIRST = next(iter(GEMEINDEN))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    hidden = {(FIRST, "weiblich", 20): "suppressed", (FIRST, "weiblich", 25): "suppressed"}
    return _open(with_ages(release_frames(), status=hidden), tmp_path_factory.mktemp("alter"))


def _open(frames: dict[str, pl.DataFrame], folder: Path) -> Release:
    return open_release(write_copy(frames, folder))


def test_five_year_and_single_ages_are_found(release: Release, tmp_path: Path) -> None:
    assert len(ages_by_sex(release)) == 38
    single = ages_by_sex(_open(with_ages(release_frames(), step=1), tmp_path))
    assert len(single) == 182 and (single[0].first, single[0].last) == (0, 0) and single[-1].last is None


def test_ages_are_written_as_the_catalogue_writes_items() -> None:
    terms = (Term(1.0, "bevoelkerung", "alter:20-24:weiblich"), Term(1.0, "bevoelkerung", "alter:90+:maennlich"))
    assert all(ages._AGE.fullmatch(str(term)) for term in terms)


def test_wider_or_incomplete_ages_make_no_pyramid(release: Release, tmp_path: Path) -> None:
    assert not ages_by_sex(_open(with_ages(release_frames(), step=10), tmp_path / "zehn"))
    frames = with_ages(release_frames())
    lacking = frames["indicators"].filter(
        pl.col("numerator_items").fill_null("") != "bevoelkerung/alter:40-44:weiblich"
    )
    assert not ages_by_sex(_open({**frames, "indicators": lacking}, tmp_path / "luecke"))
    assert not Illustrations(_open(release_frames(), tmp_path / "ohne")).pyramid()


def test_single_ages_have_no_spread_of_their_own(release: Release) -> None:
    assert not {age.indicator_id for age in ages_by_sex(release)} & set(Illustrations(release).mapped())


def test_people_are_stated_unless_an_age_is_missing(release: Release) -> None:
    whole = export.svg_bytes(pyramid(rows_by_sex(release, KREIS), name="Kreis")).decode()
    people = int(rows_by_sex(release, KREIS).filter(sex="weiblich")["people"].sum())
    assert f">Frauen {people // 1000}\u202f{people % 1000:03}<" in whole
    own = rows_by_sex(release, FIRST)
    part = export.svg_bytes(pyramid(own, rows_by_sex(release, KREIS), name="Adorf")).decode()
    assert ">Frauen<" in part and re.search(r">Männer \d", part)


def test_neighbouring_ages_of_one_status_share_a_hatch(release: Release) -> None:
    svg = export.svg_bytes(pyramid(rows_by_sex(release, FIRST), rows_by_sex(release, KREIS))).decode()
    assert svg.count('class="hatch-suppressed"') == 1


def test_women_stand_right_and_men_left_in_the_same_scale(release: Release) -> None:
    picture = pyramid(rows_by_sex(release, KREIS))
    bars, middle = [mark for mark in picture.marks if isinstance(mark, Box)], picture.width / 2
    right = [bar for bar in bars if bar.x == middle]
    left = [bar for bar in bars if bar.x + bar.width == pytest.approx(middle)]
    assert len(right) == len(left) == 19
    assert max(box.width for box in right) / max(box.width for box in left) == pytest.approx(0.51 / 0.49, rel=0.01)


def test_the_words_never_tell_a_withheld_age(release: Release) -> None:
    text = alt.alt_pyramid("Adorf", rows_by_sex(release, FIRST), rows_by_sex(release, KREIS))
    assert "nicht ausgewiesen 2" in text
    assert not re.search(r"Frauen \d", text), "the sum of the women would lack two ages"
    assert "20 bis 64" not in text
    assert "65 und älter" in text and "Männer" in text


def test_atlas_and_profiles_hold_the_pyramid(release: Release) -> None:
    chapter = pages.chapter(release, "Bevölkerung")
    assert 'bild("abbildungen/kreis-pyramide.svg"' in chapter
    assert "zusammen" in chapter
    profile = pages.profile(release, FIRST)
    assert f'bild("abbildungen/{FIRST}-pyramide.svg"' in profile
    names = [picture.name for picture in Illustrations(release).all()]
    assert {"kreis-pyramide.svg", f"{FIRST}-pyramide.svg"} <= set(names)

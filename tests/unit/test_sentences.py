"""The sentences of the documents: exact German words for every kind of figure, counted from a small release.

What belongs here: what a reader is told. What does not: how a page is set (`test_pages`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.publish import sentences
from pipelines.publish.copy import write_copy
from pipelines.publish.released import Release, open_release
from tests.fixtures.release import GEMEINDEN, KREIS, release_frames

MOST_WORDS = 30


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    return release_frames()


@pytest.fixture(scope="module")
def release(frames: dict[str, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Release:
    return open_release(write_copy(frames, tmp_path_factory.mktemp("freigabe")))


def changed(
    frames: dict[str, pl.DataFrame], folder: Path, table: str, chosen: dict[str, str], **values: Any
) -> Release:
    """A release in which some columns of the chosen rows of a table have other values."""
    condition = pl.all_horizontal(pl.col(name) == wanted for name, wanted in chosen.items())
    columns = [
        pl.when(condition).then(pl.lit(value, frames[table].schema[name])).otherwise(pl.col(name)).alias(name)
        for name, value in values.items()
    ]
    return open_release(write_copy({**frames, table: frames[table].with_columns(columns)}, folder))


def plain(text: str) -> str:
    """Narrow and fixed spaces as ordinary ones, so that expectations can be read."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_a_share_names_value_span_day_and_counts(release: Release) -> None:
    assert plain(sentences.level(release, "E01")) == (
        "Der Anteil im Landkreis beträgt 4,22 % (Spanne 3,95 bis 4,50 %, Jahresdurchschnitt 2021). "
        "Das sind 856 Personen mit Merkmal auf 20 300 alle Personen."
    )


def test_an_amount_is_told_without_a_span(release: Release) -> None:
    assert plain(sentences.level(release, "A13")) == (
        "Im Landkreis sind es 45 648 € (2018). Es ist ein fertig veröffentlichter Wert ohne Zähler und Nenner."
    )


def test_without_a_kreis_value_the_reason_stands_there(release: Release) -> None:
    assert plain(sentences.level(release, "W05")) == (
        "Für den Landkreis gibt es hier keinen Wert (2022-05-15). Aussage nicht sinnvoll."
    ).replace("2022-05-15", "15.05.2022")
    assert plain(sentences.difference(release, "W05")) == (
        "Ohne Kreiswert gibt es keinen Vergleich. Die Werte der Gemeinden reichen von 6,64 bis 8,05 €/m²."
    )


def test_a_tested_share_counts_the_gemeinden_without_naming_them(release: Release) -> None:
    text = plain(sentences.difference(release, "E01"))
    assert text.startswith("In keiner Gemeinde liegt der Anteil erkennbar und bedeutsam über dem Kreiswert, ")
    assert "in einer darunter. In zwei Gemeinden ist der Abstand nicht erkennbar." in text
    assert text.endswith("Die Werte der Gemeinden reichen von 3,18 bis 4,74 %.")


def test_context_is_described_and_not_weighed(release: Release) -> None:
    text = plain(sentences.difference(release, "D04"))
    assert "bedeutsam" not in text
    assert re.match(r"In .* ist der Anteil (höher als|ähnlich wie) im Landkreis", text)


def test_a_value_without_span_is_not_tested(release: Release) -> None:
    assert plain(sentences.difference(release, "A13")) == (
        "Ohne Spanne ist nicht prüfbar, ob sich ein Gebiet vom Kreiswert unterscheidet. "
        "Die Werte der Gemeinden reichen von 41 000 bis 52 000 €."
    )


def test_events_are_values_and_areas_without_one_are_counted(release: Release) -> None:
    assert plain(sentences.level(release, "T02")).startswith("Der Wert im Landkreis beträgt ")
    assert sentences.difference(release, "T02").endswith(
        "Für zwei Gemeinden steht kein Wert da; die Tabelle nennt den Grund."
    )


def test_a_kreis_value_drawn_differently_is_not_compared(frames: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    reason = "Der Kreiswert zählt nur Wege über die Kreisgrenze; mit den Gemeinden ist er nicht vergleichbar."
    frames = {**frames, "values": frames["values"].with_columns(
        pl.when((pl.col("indicator_id") == "E08") & (pl.col("area_id") == KREIS)).then(pl.lit(reason))
        .otherwise(pl.col("reason")).alias("reason")
    )}  # fmt: skip
    found = changed(frames, tmp_path, "comparison", {"indicator_id": "E08"}, verdict="kein Vergleich")
    assert sentences.difference(found, "E08").startswith(reason + " Die Werte der Gemeinden reichen von ")
    assert sentences.example(found, "E08") is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"unit": "%", "interval": "wilson"}, "der Anteil"),
        ({"unit": "%", "interval": "wilson", "numerator_text": "Wohnungen minus Häuser"}, "der Anteil"),
        ({"unit": "je 1000", "interval": "none", "numerator_text": "Zugezogene minus Fortgezogene"}, "der Saldo"),
        ({"unit": "%", "interval": "none", "numerator_text": "Ende minus Anfang"}, "die Veränderung"),
        ({"unit": "€/m²", "interval": "none"}, "der Betrag"),
        ({"unit": "%", "interval": "none"}, "der Anteil"),
        ({"unit": "je 1000", "interval": "events"}, "der Wert"),
        ({"unit": "Räume", "interval": "none"}, "der Wert"),
    ],
)
def test_each_kind_has_its_own_subject(values: dict[str, str], words: str) -> None:
    assert sentences.subject({"numerator_text": "Personen", **values}) == words


def test_a_balance_says_how_many_gain_and_lose(frames: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    kind = {"unit": "je 1000", "interval": "none", "numerator_text": "Zugezogene minus Fortgezogene im Jahr"}
    sheet = changed(frames, tmp_path / "a", "indicators", {"indicator_id": "A13"}, **kind).indicators
    one = {"indicator_id": "A13", "area_id": next(iter(GEMEINDEN))}
    found = changed({**frames, "indicators": sheet}, tmp_path / "b", "values", one, value=-4.0)
    assert "In einer Gemeinde ist der Saldo negativ, in zwei positiv." in sentences.difference(found, "A13")


def test_a_changed_number_changes_the_sentence(
    release: Release, frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    kreis = {"indicator_id": "E01", "area_id": KREIS, "period": "2021"}
    found = changed(frames, tmp_path, "values", kreis, value=4.31)
    assert "beträgt 4,31 %" in plain(sentences.level(found, "E01"))
    assert sentences.level(found, "E01") != sentences.level(release, "E01")


def test_a_changed_verdict_changes_the_counts(frames: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    one = {"indicator_id": "E01", "area_id": list(GEMEINDEN)[1], "period": "2021"}
    found = changed(frames, tmp_path, "comparison", one, verdict="höher")
    assert "In einer Gemeinde liegt der Anteil erkennbar und bedeutsam über dem Kreiswert" in sentences.difference(
        found, "E01"
    )


def test_a_provisional_value_says_so(frames: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    kreis = {"indicator_id": "E01", "area_id": KREIS, "period": "2021"}
    found = changed(frames, tmp_path, "values", kreis, quality="provisional")
    assert "Jahresdurchschnitt 2021, vorläufig)" in sentences.level(found, "E01")


def test_the_difference_never_names_a_place(release: Release) -> None:
    for indicator_id in _mapped(release):
        text = sentences.difference(release, indicator_id)
        assert not [name for name in GEMEINDEN.values() if name in text]


def test_every_limit_says_that_areas_are_described_not_persons(release: Release) -> None:
    for indicator_id in _mapped(release):
        assert sentences.limit(release, indicator_id).count(sentences.NOT_PERSONS) == 1


def test_sentences_are_short_and_in_the_present(release: Release) -> None:
    for indicator_id in _mapped(release):
        for text in (
            sentences.level(release, indicator_id),
            sentences.difference(release, indicator_id),
            sentences.limit(release, indicator_id),
            sentences.series_lead(release, indicator_id),
        ):
            for sentence in re.split(r"(?<=[^\d])[.:] ", text):
                assert len(sentence.split()) <= MOST_WORDS, sentence
            assert not re.search(r"\b(lag|lagen|betrug|war|waren|stieg|sank)\b", text), text


def test_the_lead_of_a_profile_leaves_context_out(release: Release) -> None:
    adorf = next(iter(GEMEINDEN))
    assert sentences.profile_lead(release, adorf, ["D04", "E01"]) == (
        "Erkennbar niedriger als im Landkreis: Arbeitslosenanteil."
    )
    assert sentences.profile_lead(release, adorf, ["D04"]) == (
        "Kein Kernindikator unterscheidet sich erkennbar und bedeutsam vom Landkreis."
    )


def test_a_series_is_told_within_its_last_segment_only(release: Release) -> None:
    text = plain(sentences.series_lead(release, "E01"))
    assert text.endswith("Über einen Bruch hinweg wird nicht gerechnet.")
    assert "2019" not in text


def test_large_numbers_in_names_are_grouped_and_years_are_not() -> None:
    assert plain(sentences.grouped("Geburten je 1000 Einwohner, 100000 Menschen, Stand 2021")) == (
        "Geburten je 1 000 Einwohner, 100 000 Menschen, Stand 2021"
    )


def test_what_is_unknown_is_counted(release: Release) -> None:
    assert sentences.unknown_lead(release) == (
        "Acht Indikatoren liegen für die drei Gemeinden vor. Zu zwei Themen liegt für keine Gemeinde eine Zahl vor. "
        "Ein Wert ist aus Datenschutzgründen nicht ausgewiesen."
    )


def test_without_withheld_values_nothing_is_said_of_them(frames: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    found = changed(frames, tmp_path, "values", {"status": "suppressed"}, status="missing")
    assert sentences.unknown_lead(found) == (
        "Acht Indikatoren liegen für die drei Gemeinden vor. Zu zwei Themen liegt für keine Gemeinde eine Zahl vor."
    )


def test_what_is_withheld_everywhere_counts_as_unknown(frames: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    nothing = dict.fromkeys(("value", "numerator", "denominator", "lower", "upper"))
    found = changed(frames, tmp_path, "values", {"indicator_id": "D04"}, status="suppressed", **nothing)
    text = sentences.unknown_lead(found)
    assert text.startswith("Sieben Indikatoren liegen")
    assert text.endswith(" Vier Werte sind aus Datenschutzgründen nicht ausgewiesen.")


def test_names_of_themes_are_parted_by_semicolons() -> None:
    assert sentences.join_themes(["A, B", "C", "D, E"]) == "A, B; C und D, E"
    assert sentences.join_themes(["A, B"]) == "A, B"


def test_a_limit_of_the_kreis_value_is_told_once(frames: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    note = "Der Kreiswert zählt nur Wege über die Kreisgrenze"
    kreis = {"indicator_id": "E01", "area_id": KREIS}
    without = {**frames, "comparison": frames["comparison"].filter(pl.col("indicator_id") != "E01")}
    reason = changed(without, tmp_path / "a", "values", kreis, reason=f"{note}; er ist nicht vergleichbar.")
    assert note in sentences.difference(reason, "E01")
    indicators = frames["indicators"].with_columns(limit_sentence=pl.lit(f"{note} und ist nicht vergleichbar."))
    both = changed({**without, "indicators": indicators}, tmp_path / "b", "values", kreis, reason=f"{note}; anders.")
    assert note not in sentences.difference(both, "E01") and note in sentences.limit(both, "E01")


def _mapped(release: Release) -> list[str]:
    return release.indicators.filter(pl.col("data") == "gemeinde")["indicator_id"].to_list()


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("Räumliche Ungleichheit", "räumliche Ungleichheit"),
        ("Natürlicher Saldo", "natürlicher Saldo"),
        ("Verfügbares Einkommen je Einwohner", "verfügbares Einkommen je Einwohner"),
        ("Ganztagsquote Kita", "Ganztagsquote Kita"),
        ("Beschäftigte ohne Berufsabschluss", "Beschäftigte ohne Berufsabschluss"),
        ("Kita und Tagespflege", "Kita und Tagespflege"),
        ("SGB-II-Quote", "SGB-II-Quote"),
    ],
)
def test_an_adjective_within_a_sentence_begins_small(name: str, inside: str) -> None:
    assert sentences.within(name) == inside

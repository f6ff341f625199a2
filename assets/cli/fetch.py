"""The command that asks publishers for their files: the only one that opens a connection.

What belongs here: its options, what it prints, showing what would be asked. What does not: asking (`pipelines.fetch`).
Nothing heavy is imported at the top, so that help comes at once.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from assets.cli.app import Basis, Data, Out, app
from pipelines.errors import AtlasError, FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipelines.fetch.collect import Outcome
    from pipelines.fetch.orders import Choice, Order

HOW = "docs/de/abrufen.md"


@app.command(usage="")
def fetch(
    quelle: str | None = None,
    /,
    *,
    year: Annotated[
        str | None,
        Parameter(help="Jahr oder Jahre, z. B. 2023 oder 2015-2021; ohne Angabe das Berichtsjahr"),
    ] = None,
    tabelle: Annotated[str | None, Parameter(help="Nur diese Tabelle der Quelle, z. B. 12411-01-01-4")] = None,
    adresse: Annotated[str | None, Parameter(help="Adresse der Datei, wenn sie nicht die im Katalog ist")] = None,
    basis: Basis = None,
    dry_run: Annotated[
        bool, Parameter(help="Nur zeigen, was gefragt würde; es geht nichts ins Netz", show_default=False)
    ] = False,
    data: Data = None,
    out: Out = None,
) -> None:
    """Amtliche Dateien bei ihren Herausgebern abrufen, prüfen und wie mit add in den Datenordner legen.

    Parameters
    ----------
    quelle
        Name der Quelle; ohne Angabe alle, die der Kreis erwartet
    """
    from pipelines.fetch.collect import wanted
    from pipelines.fetch.orders import parse_years
    from pipelines.settings import load_settings

    settings = load_settings(data, out)
    choice = wanted(settings, quelle, parse_years(year), tabelle, adresse)
    if dry_run:
        from pipelines.fetch.client import agent

        for line in _shown(choice, agent(settings)):
            print(line)
        return
    faults = _collect(settings, choice.orders, basis)
    for line in _rest(choice):
        print(line)
    if faults:
        raise FetchError(
            f"Nicht abgerufen: {'; '.join(outcome.order.name for outcome in faults)}.",
            expected="kein Fehler",
            found=f"{len(faults)} von {len(choice.orders)} mit einem Fehler, siehe oben",
            remedy="Die genannten Fehler beheben und den Befehl wiederholen; was schon da ist, wird nicht noch einmal "
            "geladen.",
        )


def _collect(settings: object, orders: Sequence[Order], basis: str | None) -> list[Outcome]:
    """Fetch and tell about each; faults go to stderr. Returns those that failed."""
    from datetime import date

    from pipelines.fetch.collect import fetch as collect

    tell, clear = _teller()
    faults = []
    try:
        for outcome in collect(settings, orders, today=date.today().isoformat(), basis=basis, tell=tell):  # type: ignore[arg-type]
            clear()
            if outcome.fault is None:
                _print_laid_down(outcome)
                continue
            faults.append(outcome)
            told = "  Nicht gefragt: derselbe Server, derselbe Fehler wie oben." if outcome.unasked else None
            print(f"{outcome.order.name}\n{told or outcome.fault.message()}", file=sys.stderr)
            for path in outcome.lying:
                print(f"  Die geladene Datei liegt unter {path}", file=sys.stderr)
    finally:
        clear()
    return faults


def _print_laid_down(outcome: Outcome) -> None:
    from assets.cli.deliveries import repeated_lines, stored_lines

    if outcome.there is not None:
        print(f"{outcome.order.name}: liegt schon da, nichts geändert: {outcome.there}")
        return
    added = outcome.added
    assert added is not None
    print(f"{outcome.order.name}: {'abgelegt' if added.new else 'liegt schon da, nichts geändert'}: {added.folder}")
    for line in (*stored_lines(added), *repeated_lines(added)):
        print(f"  {line}")


def _shown(choice: Choice, who: str) -> Iterator[str]:
    """Every request, as it would go out, with what is secret masked."""
    from pipelines.fetch.collect import planned
    from pipelines.fetch.credentials import MASK, find
    from pipelines.fetch.orders import GENESIS

    yield f"Jede Anfrage nennt: {who}"
    for order in choice.orders:
        yield order.name
        try:
            requests = planned(order)
        except AtlasError as error:
            yield from (f"  {line}" for line in error.message().splitlines())
            continue
        for request in requests:
            yield f"  {request.method} {request.url}"
            for name, value in request.headers.items():
                yield f"    {name}: {MASK if value else '(leer)'}"
            if request.body is not None:
                yield f"    {request.body}"
        if order.interface == GENESIS:
            account = find(order.account or "")
            yield f"  Zugangsdaten: {account.origin if account else f'fehlen ({HOW})'}"
            yield "  Ist die Tabelle zu groß für eine Antwort, folgt dieselbe Anfrage mit job=true, dann"
            yield "  catalogue/results, bis der Auftrag fertig ist, und data/resultfile."
    yield from _rest(choice)


def _rest(choice: Choice) -> Iterator[str]:
    from pipelines.fetch.orders import PAGE

    for line in choice.skipped:
        yield f"Nicht gefragt: {line}"
    if choice.by_hand:
        yield f"Von Hand zu beschaffen ({PAGE}): {', '.join(choice.by_hand)}"


def _teller() -> tuple[Callable[[str], None], Callable[[], None]]:
    """How progress is told: one line that renews itself on a terminal; elsewhere a line each, without what passes."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    if not console.is_terminal:
        return _plainly, lambda: None
    status = console.status("")

    def tell(text: str) -> None:
        status.update(Text(text))
        status.start()

    return tell, status.stop


def _plainly(text: str) -> None:
    if not text.endswith("MB"):
        print(text, file=sys.stderr, flush=True)

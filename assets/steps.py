"""How assets and their checks are declared: what each is called, takes, reads and which function makes it.

What belongs here: the declaration, without Dagster, so that the plan of a run is known before anything heavy is
imported. What does not: single assets (`assets.raw` to `assets.checks`), their Dagster form (`assets.policy`) and
whether one is stale (`assets.plan`). The declarations are the only place of this: Dagster's graph is made from them,
and a test runs every asset and refuses what it reads beyond them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Functions are handed the settings of the run by this name
SETTINGS = "atlas"
# Where the files of a step lie: in the edition that is built, in the internal store, or they are the finished edition
EDITION, STORE, EXCHANGE = "edition", "store", "exchange"


@dataclass(frozen=True)
class Reads:
    """What a function reads besides the tables it is handed.

    data: patterns below the data folder; files: patterns below the project; settings: fields of the settings, such as
    `year` or `kreis.key`; contracts: tables whose contracts it reads besides those of the tables it takes and makes.
    `{year}` in a pattern is the report year.
    """

    data: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One asset, or several that one function makes together.

    name: that of the step; outputs: keys of its assets; inputs: for each parameter the table handed in; after: assets
    that must be there but are not handed in; description: German, for assets that have no contract; picture: makes the
    picture of a table for the Dagster page from what was made and what was handed in.
    """

    name: str
    outputs: tuple[str, ...]
    function: Callable[..., Any]
    inputs: dict[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    reads: Reads = field(default_factory=Reads)
    description: str | None = None
    place: str | None = None
    picture: Callable[..., bytes] | None = None

    @property
    def upstream(self) -> tuple[str, ...]:
        """Keys of the assets that must be there before."""
        return (*self.inputs.values(), *self.after)

    def call(self, settings: Any, frames: dict[str, Any]) -> Any:
        """What the function makes of the settings and the tables."""
        return self.function(**_with_settings(self.function, settings), **frames)


@dataclass(frozen=True)
class Check:
    """One blocking check of a table; after: other tables it reads; frame: the parameter that takes the table."""

    asset: str
    name: str
    function: Callable[..., Any]
    description: str
    frame: str | None = None
    after: tuple[str, ...] = ()
    reads: Reads = field(default_factory=Reads)

    @property
    def key(self) -> str:
        """The name of its record."""
        return f"{self.asset}.{self.name}"

    @property
    def results_file(self) -> str:
        """The file in which its results wait for the release."""
        return f"{self.asset if self.name == CONTRACT_CHECK else self.name}.json"

    def call(self, settings: Any, frames: dict[str, Any]) -> Any:
        """The rows of results."""
        return self.function(**_with_settings(self.function, settings), **frames)


CONTRACT_CHECK = "vertrag"


def table(
    name: str,
    *,
    reads: Reads | None = None,
    after: Sequence[str] = (),
    picture: Callable[..., bytes] | None = None,
    takes: Mapping[str, str] | None = None,
    **inputs: str,
) -> Callable[[Callable[..., Any]], Step]:
    """Declare the asset of a table; `inputs` (or `takes`) names for each parameter the table it takes."""
    every = {**inputs, **(takes or {})}
    return tables(name.replace(".", "__"), (name,), reads=reads, after=after, picture=picture, takes=every)


def tables(
    name: str,
    outputs: Sequence[str],
    *,
    reads: Reads | None = None,
    after: Sequence[str] = (),
    picture: Callable[..., bytes] | None = None,
    takes: Mapping[str, str] | None = None,
    **inputs: str,
) -> Callable[[Callable[..., Any]], Step]:
    """Declare tables that one function makes together, returned in the order of `outputs`."""

    def declare(function: Callable[..., Any]) -> Step:
        every = {**inputs, **(takes or {})}
        return Step(name, tuple(outputs), function, every, tuple(after), reads or Reads(), picture=picture)

    return declare


def report(
    name: str,
    description: str,
    *,
    reads: Reads | None = None,
    after: Sequence[str] = (),
    place: str = EDITION,
    takes: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Any]], Step]:
    """Declare the asset of files below `reports/output`; `after` names the assets that must be there before."""

    def declare(function: Callable[..., Any]) -> Step:
        outputs = (f"reports.{name}",)
        taken = dict(takes or {})
        return Step(f"reports__{name}", outputs, function, taken, tuple(after), reads or Reads(), description, place)

    return declare


def check(
    asset: str, description: str, *, name: str | None = None, after: Sequence[str] = (), reads: Reads | None = None
) -> Callable[[Callable[..., Any]], Check]:
    """Declare a blocking check of a table; its function returns rows of `release.checks`."""

    def declare(function: Callable[..., Any]) -> Check:
        frame = next((entry for entry in inspect.signature(function).parameters if entry != SETTINGS), None)
        called = name or function.__name__
        return Check(asset, called, function, description, frame, tuple(after), reads or Reads())

    return declare


def _with_settings(function: Callable[..., Any], settings: Any) -> dict[str, Any]:
    return {SETTINGS: settings} if SETTINGS in inspect.signature(function).parameters else {}

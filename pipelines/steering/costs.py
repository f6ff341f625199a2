"""The arithmetic of the Ressourcenbericht on plain data, in Decimal: rates, lines, totals, sensitivity, reconciliation.

What belongs here: how an amount comes about. What does not: reading the register and judging its entries
(`pipelines.steering.resources`), and every figure that is an input: rates, increases and flat rates come in with their
sources, none is built in.

Rule for every amount: each line is rounded to the cent, halves away from zero, and each total is the sum of the printed
lines. A line that lacks a figure has no amount, and neither has a total that holds such a line: missing is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

SCENARIOS = ("Minimal", "Basis", "Ausbau")
PERSONNEL, WORKPLACE, OVERHEAD, MATERIAL = "Personal", "Arbeitsplatz", "Gemeinkosten", "Sachkosten"
KINDS = (PERSONNEL, WORKPLACE, OVERHEAD, MATERIAL)
ENTERED, PROJECTED = "eingetragen", "fortgeschrieben"
GRANTED = "bewilligt"
YEARS = 4  # the budget year and the three years of the medium-term plan after it
CENT, THOUSANDTH = Decimal("0.01"), Decimal("0.001")
ZERO = Decimal(0)

# A pay group, or none for the flat rates that hold for every post
Key = tuple[str, str | None]


def cents(amount: Decimal) -> Decimal:
    """The amount in Euro rounded to the cent, halves away from zero (kaufmännisch)."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def month(text: str) -> int:
    """„2027-04“ as the number of months since year 0, so that months can be compared and counted."""
    year, number = text.split("-")
    return int(year) * 12 + int(number) - 1


def month_text(number: int) -> str:
    """The number of a month as „2027-04“."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def of_year(number: int) -> int:
    """The year of a month."""
    return number // 12


@dataclass(frozen=True)
class Rate:
    """One dated rate. value: Euro per VZÄ and year, of overhead percent of the personnel cost; None: not yet known.

    end: last month for which the rate is agreed; without it the rate holds until the next one, that of a pay group
    with the yearly increase.
    """

    kind: str
    group: str | None
    start: int
    end: int | None
    value: Decimal | None
    source: str

    @property
    def key(self) -> Key:
        """What the rate is for."""
        return self.kind, self.group


@dataclass(frozen=True)
class Increase:
    """The increase of pay in January of a year, in percent; None: not yet known."""

    year: int
    percent: Decimal | None
    source: str


@dataclass(frozen=True)
class Post:
    """A share of a post that is asked for. vzae: Vollzeitäquivalente; scenario: the smallest one that holds it."""

    item_id: str
    group: str
    vzae: Decimal | None
    start: int
    end: int | None
    once: bool
    scenario: str


@dataclass(frozen=True)
class Material:
    """A cost other than of posts: Euro in each year from first to last."""

    item_id: str
    amount: Decimal | None
    first: int
    last: int | None
    once: bool
    scenario: str


@dataclass(frozen=True)
class Cover:
    """Money that covers part of the cost: Euro in each year from first to last; only what is granted counts."""

    item_id: str
    amount: Decimal | None
    first: int
    last: int | None
    state: str
    scenario: str


@dataclass(frozen=True)
class Inputs:
    """Everything the arithmetic takes, from the register."""

    first_year: int
    rates: tuple[Rate, ...] = ()
    increases: tuple[Increase, ...] = ()
    posts: tuple[Post, ...] = ()
    materials: tuple[Material, ...] = ()
    covers: tuple[Cover, ...] = ()

    @property
    def years(self) -> range:
        """The years the report shows."""
        return range(self.first_year, self.first_year + YEARS)

    @property
    def last_month(self) -> int:
        """December of the last year."""
        return self.years[-1] * 12 + 11


@dataclass(frozen=True)
class Valid:
    """A rate as it applies from month to month, entered or carried on with the increase. lacks: what is not known."""

    key: Key
    start: int
    end: int
    value: Decimal | None
    origin: str
    source: str
    lacks: str | None = None


@dataclass(frozen=True)
class Line:
    """One printed line: an amount in Euro of one entry in one year; months: of the year, of material none."""

    item_id: str
    kind: str
    scenario: str
    once: bool
    year: int
    start: int | None = None
    months: int | None = None
    group: str | None = None
    vzae: Decimal | None = None
    rate: Decimal | None = None
    amount: Decimal | None = None
    lacks: str | None = None


@dataclass(frozen=True)
class Total:
    """The totals of a scenario in one year, in Euro; None where a line lacks its amount.

    known: sum of the lines that have one; open_lines: how many do not; covered: what is granted; vzae: the highest
    number of VZÄ in any month; person_months: VZÄ times months.
    """

    scenario: str
    year: int
    kinds: dict[str, Decimal | None]
    once: Decimal | None
    running: Decimal | None
    total: Decimal | None
    known: Decimal
    open_lines: int
    covered: Decimal | None
    net: Decimal | None
    vzae: Decimal | None
    person_months: Decimal | None


# Rates


def valid_rates(inputs: Inputs) -> list[Valid]:
    """Every rate with the months for which it applies, up to the last year, by kind, group and month.

    A rate of a pay group without an agreed end rises each January by that year's increase, on the rounded rate of the
    year before (78 400,00 at 3 percent: 80 752,00, then 83 174,56); flat rates stay until the next entry.
    """
    found: list[Valid] = []
    ordered = sorted(inputs.rates, key=lambda rate: (KINDS.index(rate.kind), rate.group or "", rate.start))
    for _, group in groupby(ordered, key=lambda rate: rate.key):
        rates = list(group)
        for rate, following in zip(rates, [*rates[1:], None], strict=True):
            end = rate.end if rate.end is not None else inputs.last_month
            if following is not None:
                end = min(end, following.start - 1)
            found += _carried(rate, end, inputs.increases)
    return found


def _carried(rate: Rate, end: int, increases: Sequence[Increase]) -> list[Valid]:
    lacks = None if rate.value is not None else _rate_words(rate.key)
    if rate.kind != PERSONNEL or rate.end is not None:
        return [Valid(rate.key, rate.start, end, rate.value, ENTERED, rate.source, lacks)]
    known = {increase.year: increase for increase in increases}
    first = of_year(rate.start)
    december = min(end, first * 12 + 11)
    found = [Valid(rate.key, rate.start, december, rate.value, ENTERED, rate.source, lacks)]
    value = rate.value
    for year in range(first + 1, of_year(end) + 1):
        increase = known.get(year)
        if increase is None or increase.percent is None:
            value, lacks = None, lacks or f"Tarifsteigerung {year}"
        elif value is not None:
            value = cents(value * (1 + increase.percent / 100))
        source = rate.source if increase is None else f"{rate.source}; {increase.source}"
        found.append(Valid(rate.key, year * 12, min(end, year * 12 + 11), value, PROJECTED, source, lacks))
    return found


def _rate_words(key: Key) -> str:
    kind, group = key
    return f"Kostensatz {group}" if kind == PERSONNEL else "Arbeitsplatzpauschale" if kind == WORKPLACE else kind


def month_without_rate(inputs: Inputs, post: Post) -> tuple[Key, int] | None:
    """The first month of a post within the report's years for which a rate of a known kind is absent, with its key.

    A flat rate of which no entry exists at all is not absent but not yet known; a pay group without entry is absent.
    """
    rates = _by_key(valid_rates(inputs))
    for number in _months(inputs, post):
        for key in _keys(post):
            entered = rates.get(key, [])
            if (entered or key[0] == PERSONNEL) and _at(entered, number) is None:
                return key, number
    return None


def _by_key(rates: Iterable[Valid]) -> dict[Key, list[Valid]]:
    found: dict[Key, list[Valid]] = {}
    for rate in rates:
        found.setdefault(rate.key, []).append(rate)
    return found


def _keys(post: Post) -> tuple[Key, Key, Key]:
    return (PERSONNEL, post.group), (WORKPLACE, None), (OVERHEAD, None)


def _at(rates: Iterable[Valid], number: int) -> Valid | None:
    return next((rate for rate in rates if rate.start <= number <= rate.end), None)


def _months(inputs: Inputs, post: Post) -> range:
    end = inputs.last_month if post.end is None else min(post.end, inputs.last_month)
    return range(max(post.start, inputs.first_year * 12), end + 1)


# Lines


def lines(inputs: Inputs) -> list[Line]:
    """Every line of every year, in the order of the register: of a post its pay, workplace and overhead.

    Pay and workplace: VZÄ x rate x months / 12. Overhead: percent of the rounded pay of the same months. A post has a
    line of each for every stretch of months of a year in which none of its rates changes.
    """
    rates = _by_key(valid_rates(inputs))
    found: list[Line] = []
    for post in inputs.posts:
        found += _of_post(inputs, post, rates)
    for material in inputs.materials:
        found += _of_material(inputs, material)
    return found


def _of_post(inputs: Inputs, post: Post, rates: Mapping[Key, list[Valid]]) -> list[Line]:
    def applied(number: int) -> tuple[int, tuple[Valid | None, ...]]:
        return of_year(number), tuple(_at(rates.get(key, []), number) for key in _keys(post))

    found: list[Line] = []
    for (year, (pay, place, overhead)), stretch in groupby(_months(inputs, post), key=applied):
        months = list(stretch)
        common = Line(post.item_id, PERSONNEL, post.scenario, post.once, year, months[0], len(months), vzae=post.vzae)
        personnel = _timed(replace(common, group=post.group), pay, (PERSONNEL, post.group))
        found += [personnel, _timed(replace(common, kind=WORKPLACE), place, (WORKPLACE, None))]
        found.append(_overhead(replace(common, kind=OVERHEAD), overhead, personnel))
    return found


def _timed(line: Line, rate: Valid | None, key: Key) -> Line:
    value, lacks = _value(rate, key)
    if line.vzae is None or value is None:
        return replace(line, rate=value, lacks=lacks or "Stellenumfang")
    return replace(line, rate=value, amount=cents(line.vzae * value * Decimal(line.months or 0) / 12))


def _overhead(line: Line, rate: Valid | None, personnel: Line) -> Line:
    value, lacks = _value(rate, (OVERHEAD, None))
    if value is None or personnel.amount is None:
        return replace(line, rate=value, lacks=lacks or personnel.lacks)
    return replace(line, rate=value, amount=cents(personnel.amount * value / 100))


def _value(rate: Valid | None, key: Key) -> tuple[Decimal | None, str | None]:
    return (None, _rate_words(key)) if rate is None else (rate.value, rate.lacks)


def _of_material(inputs: Inputs, material: Material) -> list[Line]:
    lacks = "Betrag" if material.amount is None else None
    amount = None if material.amount is None else cents(material.amount)
    return [
        Line(material.item_id, MATERIAL, material.scenario, material.once, year, amount=amount, lacks=lacks)
        for year in _years(inputs, material.first, material.last)
    ]


def _years(inputs: Inputs, first: int, last: int | None) -> list[int]:
    return [year for year in inputs.years if first <= year and (last is None or year <= last)]


# Totals


def holds(scenario: str, smallest: str) -> bool:
    """Whether a scenario contains what begins with the scenario `smallest`: each one contains those before it."""
    return SCENARIOS.index(smallest) <= SCENARIOS.index(scenario)


def totals(inputs: Inputs, found: Sequence[Line], *, declared: bool = False) -> list[Total]:
    """Totals of each scenario in each year, and of the four years together as year 0, in that order.

    A scenario without any line has no total, and a register without any entry on cover no net cost, because an empty
    list says nothing; only where the register was `declared` complete is that 0,00.
    """
    result: list[Total] = []
    for scenario in SCENARIOS:
        inside = [line for line in found if holds(scenario, line.scenario)]
        known = declared or bool(inside)
        yearly = [
            _total(inputs, scenario, year, [line for line in inside if line.year == year], known, declared)
            for year in inputs.years
        ]
        result += [*yearly, _together(scenario, yearly)]
    return result


def _total(inputs: Inputs, scenario: str, year: int, found: Sequence[Line], known: bool, declared: bool) -> Total:
    def total(chosen: Iterable[Line]) -> Decimal | None:
        return _sum(line.amount for line in chosen) if known else None

    whole = total(found)
    covered = _covered(inputs, scenario, year) if declared or inputs.covers else None
    vzae, person_months = _staff(inputs, scenario, year) if known else (None, None)
    return Total(
        scenario,
        year,
        {kind: total(line for line in found if line.kind == kind) for kind in KINDS},
        total(line for line in found if line.once),
        total(line for line in found if not line.once),
        whole,
        sum((line.amount for line in found if line.amount is not None), ZERO),
        sum(line.amount is None for line in found),
        covered,
        None if whole is None or covered is None else whole - covered,
        vzae,
        person_months,
    )


def _together(scenario: str, yearly: Sequence[Total]) -> Total:
    return Total(
        scenario,
        0,
        {kind: _sum(total.kinds[kind] for total in yearly) for kind in KINDS},
        _sum(total.once for total in yearly),
        _sum(total.running for total in yearly),
        _sum(total.total for total in yearly),
        sum((total.known for total in yearly), ZERO),
        sum(total.open_lines for total in yearly),
        _sum(total.covered for total in yearly),
        _sum(total.net for total in yearly),
        None if any(total.vzae is None for total in yearly) else max(total.vzae or ZERO for total in yearly),
        _sum(total.person_months for total in yearly),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The exact sum, or None when any part is not known."""
    result = ZERO
    for amount in amounts:
        if amount is None:
            return None
        result += amount
    return result


def _covered(inputs: Inputs, scenario: str, year: int) -> Decimal | None:
    granted = [
        cover
        for cover in inputs.covers
        if cover.state == GRANTED
        and holds(scenario, cover.scenario)
        and year in _years(inputs, cover.first, cover.last)
    ]
    return _sum(None if cover.amount is None else cents(cover.amount) for cover in granted)


def _staff(inputs: Inputs, scenario: str, year: int) -> tuple[Decimal | None, Decimal | None]:
    """The highest VZÄ of any month of the year, and VZÄ times months; None where a post does not say its share."""
    by_month: dict[int, Decimal] = {}
    for post in inputs.posts:
        if not holds(scenario, post.scenario):
            continue
        for number in _months(inputs, post):
            if of_year(number) != year:
                continue
            if post.vzae is None:
                return None, None
            by_month[number] = by_month.get(number, ZERO) + post.vzae
    return max(by_month.values(), default=ZERO), sum(by_month.values(), ZERO)


# Sensitivity


@dataclass(frozen=True)
class Lever:
    """One assumption changed while all others stay. A step to learn from, no forecast."""

    name: str
    step: str
    points_of_increase: Decimal = ZERO
    percent_of_pay: Decimal = ZERO
    percent_of_vzae: Decimal = ZERO
    points_of_overhead: Decimal = ZERO


LEVERS = (
    Lever("Tarifsteigerung", "je Jahr 1 Prozentpunkt mehr", points_of_increase=Decimal(1)),
    Lever("Tarifsteigerung", "je Jahr 1 Prozentpunkt weniger", points_of_increase=Decimal(-1)),
    Lever("Kostensätze der Entgeltgruppen", "5 % höher", percent_of_pay=Decimal(5)),
    Lever("Kostensätze der Entgeltgruppen", "5 % niedriger", percent_of_pay=Decimal(-5)),
    Lever("Stellenumfang", "10 % mehr", percent_of_vzae=Decimal(10)),
    Lever("Stellenumfang", "10 % weniger", percent_of_vzae=Decimal(-10)),
    Lever("Gemeinkosten", "5 Prozentpunkte mehr", points_of_overhead=Decimal(5)),
    Lever("Gemeinkosten", "5 Prozentpunkte weniger, mindestens 0", points_of_overhead=Decimal(-5)),
)


def changed(inputs: Inputs, lever: Lever) -> Inputs:
    """The inputs with one assumption changed: rates to the cent, VZÄ to the thousandth, overhead not below 0."""

    def rate(entry: Rate) -> Rate:
        if entry.value is None or entry.kind not in (PERSONNEL, OVERHEAD):
            return entry
        if entry.kind == OVERHEAD:
            return replace(entry, value=max(ZERO, entry.value + lever.points_of_overhead))
        return replace(entry, value=cents(entry.value * (1 + lever.percent_of_pay / 100)))

    def increase(entry: Increase) -> Increase:
        return entry if entry.percent is None else replace(entry, percent=entry.percent + lever.points_of_increase)

    def post(entry: Post) -> Post:
        if entry.vzae is None:
            return entry
        vzae = (entry.vzae * (1 + lever.percent_of_vzae / 100)).quantize(THOUSANDTH, rounding=ROUND_HALF_UP)
        return replace(entry, vzae=vzae)

    return replace(
        inputs,
        rates=tuple(map(rate, inputs.rates)),
        increases=tuple(map(increase, inputs.increases)),
        posts=tuple(map(post, inputs.posts)),
    )


def sensitivity(inputs: Inputs) -> list[tuple[Lever, str, Decimal | None, Decimal | None]]:
    """For each lever and scenario the cost of the four years and its difference from the report's, in Euro."""
    usual = _four_years(inputs)
    found = []
    for lever in LEVERS:
        other = _four_years(changed(inputs, lever))
        for scenario in SCENARIOS:
            before, after = usual[scenario], other[scenario]
            found.append((lever, scenario, after, None if before is None or after is None else after - before))
    return found


def _four_years(inputs: Inputs) -> dict[str, Decimal | None]:
    return {total.scenario: total.total for total in totals(inputs, lines(inputs)) if total.year == 0}


# Reconciliation


@dataclass(frozen=True)
class Control:
    """A sum that someone else computed, for example the Kämmerei: Euro of a scenario in a year."""

    scenario: str
    year: int
    amount: Decimal
    source: str


@dataclass(frozen=True)
class Reconciled:
    """Two ways to the same amount, in Euro."""

    check_id: str
    description: str
    scenario: str
    year: int
    expected: Decimal
    observed: Decimal

    @property
    def difference(self) -> Decimal:
        """Observed less expected; anything but 0,00 is a fault."""
        return self.observed - self.expected


@dataclass(frozen=True)
class Booked:
    """What a scenario costs in a year on one account of one product, in Euro; None where a line lacks its amount."""

    scenario: str
    year: int
    product: str | None
    account: str | None
    amount: Decimal | None


def by_account(
    inputs: Inputs, found: Sequence[Line], places: Mapping[str, tuple[str | None, str | None]]
) -> list[Booked]:
    """The cost of each scenario and year by product and account; places: those of each entry, None where not known."""
    result: list[Booked] = []
    for scenario in SCENARIOS:
        for year in inputs.years:
            amounts: dict[tuple[str | None, str | None], list[Decimal | None]] = {}
            for line in found:
                if line.year == year and holds(scenario, line.scenario):
                    amounts.setdefault(places[line.item_id], []).append(line.amount)
            ordered = sorted(amounts.items(), key=lambda entry: [part or "" for part in entry[0]])
            result += [Booked(scenario, year, *place, _sum(parts)) for place, parts in ordered]
    return result


def reconcile(
    found: Sequence[Line], sums: Sequence[Total], booked: Sequence[Booked], controls: Sequence[Control] = ()
) -> list[Reconciled]:
    """Every total that has an amount, against other ways to the same cents.

    Lines are added up in whole cents, as integers, so that the way differs from the totals'.
    """
    result: list[Reconciled] = []
    for total in sums:
        if total.total is not None:
            result += _ways(total, total.total, found, booked)
    by_place = {(total.scenario, total.year): total for total in sums}
    for control in controls:
        total = by_place.get((control.scenario, control.year))
        if total is not None and total.total is not None:
            words = f"Gesamtsumme gegen die Kontrollsumme: {control.source}"
            result.append(
                Reconciled("kontrollsumme", words, control.scenario, control.year, control.amount, total.total)
            )
    return result


def _ways(total: Total, whole: Decimal, found: Sequence[Line], booked: Sequence[Booked]) -> list[Reconciled]:
    inside = [line for line in found if holds(total.scenario, line.scenario) and total.year in (0, line.year)]
    accounts = [one for one in booked if one.scenario == total.scenario and total.year in (0, one.year)]
    ways = (
        ("zeilen", "Summe der gedruckten Zeilen", _added(line.amount for line in inside)),
        ("arten", "Personal, Arbeitsplatz, Gemeinkosten und Sachkosten", _sum(total.kinds.values())),
        ("einmalig_laufend", "einmalige und laufende Kosten", _sum((total.once, total.running))),
        ("konten", "Summe über Produkte und Konten", _added(one.amount for one in accounts)),
        ("deckung", "bewilligte Deckung und Zuschussbedarf", _sum((total.covered, total.net))),
    )
    return [
        Reconciled(check_id, words, total.scenario, total.year, whole, amount)
        for check_id, words, amount in ways
        if amount is not None
    ]


def _added(amounts: Iterable[Decimal | None]) -> Decimal:
    return (Decimal(sum(map(_whole_cents, amounts))) / 100).quantize(CENT)


def _whole_cents(amount: Decimal | None) -> int:
    return 0 if amount is None else int(amount * 100)

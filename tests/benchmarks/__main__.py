"""`python -m tests.benchmarks`: measure, print a table, write docs/benchmarks.md.

What belongs here: the list of benchmarks and the command. What does not: what each of them measures (the modules
beside). A new one is a function from `Workplace` and a number of rounds to measurements, named in BENCHMARKS.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from tests.benchmarks import choropleths, engines, grid, readers, runs
from tests.benchmarks.measure import Measurement, Unavailable
from tests.benchmarks.page import PAGE, load, table, write_page
from tests.benchmarks.workplace import Workplace

BENCHMARKS: dict[str, Callable[[Workplace, int], list[Measurement]]] = {
    "runs": runs.measure,
    "choropleths": choropleths.measure,
    "engines": engines.measure,
    "readers": readers.measure,
    "grid": grid.measure,
}


def main() -> None:
    """Measure the named benchmarks, or all of them; only all of them, all measured, renew the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=main.__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="benchmarks, all without a name")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the median counts (3)")
    options = parser.parse_args()
    found: list[Measurement] = []
    absent: list[str] = []
    before = load()
    with Workplace() as workplace:
        for name in options.names or BENCHMARKS:
            print(f"{name} …", file=sys.stderr, flush=True)
            try:
                found += BENCHMARKS[name](workplace, options.rounds)
            except Unavailable as error:
                absent.append(name)
                print(f"{name} not measured: {error}", file=sys.stderr)
    print(table(found))
    if not options.names and not absent:
        write_page(found, options.rounds, before)
        print(f"{PAGE} written", file=sys.stderr)
    missed = [entry.name for entry in found if entry.missed]
    said = [
        f"{what}: {', '.join(names)}" for what, names in (("goals missed", missed), ("not measured", absent)) if names
    ]
    sys.exit("; ".join(said) or 0)


if __name__ == "__main__":
    main()

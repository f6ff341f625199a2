"""Plans in tests: what follows from a step, and a copy of the program that a test may change.

What belongs here: what tests of plans and of runs share. What does not: expectations about either.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from assets.checks import CHECKS
from assets.plan import all_steps
from assets.steps import Check, Step
from pipelines import provenance
from pipelines.fingerprints import code
from pipelines.settings import PROJECT_DIR

STEPS = {output: step for step in all_steps() for output in step.outputs}
# What follows from every change of an edition
LAST = {"reports__portal", "reports__ausgabe"}
# What follows from another atlas: the committee paper prints its hash
ATLAS = {"reports__atlas", "reports__ausschussvorlage", *LAST}


def copy_program(target: Path) -> Path:
    """What a run needs of the project, in another folder."""
    left_out = shutil.ignore_patterns("__pycache__", "output", "_ausgabe", ".*")
    for name in ("pipelines", "assets", "reports"):
        shutil.copytree(PROJECT_DIR / name, target / name, ignore=left_out)
    for name in (*provenance.PROGRAM_FILES, "README.md", "data/raw/kreis.yml"):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT_DIR / name, target / name)
    return target


def forget_program() -> None:
    """The program is read once per process; after a change it has to be read again."""
    provenance._program_files.cache_clear()
    code.forget()


def behind(*names: str) -> set[str]:
    """Steps and all that follows from them; a check that looks at another table makes its own table follow."""
    found = set(names)
    while True:
        outputs = {output for output, step in STEPS.items() if step.name in found}
        more = {step.name for step in STEPS.values() if outputs & set(step.upstream)}
        more |= {STEPS[check.asset].name for check in CHECKS if outputs & set(check.after)}
        if more <= found:
            return found
        found |= more


def checks_of(step: Step) -> list[Check]:
    return [check for check in CHECKS if check.asset in step.outputs]

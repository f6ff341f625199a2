"""Jobs a database works on for us, remembered so that a later call goes on where an earlier one stopped.

What belongs here: the file that says which job was ordered. What does not: ordering and asking for it (`genesis`). The
file holds what was ordered and the name of the result; never credentials, never an answer.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipelines.fetch.orders import Order

# So often a job may be waited for in vain; then its result is given up and ordered anew
TRIES = 2


@dataclass(frozen=True)
class Job:
    """An ordered result. form: what was ordered, so that another order never takes it; tries: calls that waited.

    updated: the revision of the table when it was ordered; a result is not given out as of a later one.
    """

    result: str
    form: dict[str, str]
    updated: str
    tries: int = 0


class Jobs:
    """The jobs of one district, a file each in `folder`."""

    def __init__(self, folder: Path) -> None:
        """`folder` need not be there."""
        self._folder = folder

    def find(self, order: Order, form: dict[str, str], updated: str) -> Job | None:
        """The job of this very order and revision, if one was begun; a file that cannot be read counts as none."""
        try:
            content = json.loads(self._path(order).read_text(encoding="utf-8"))
            job = Job(str(content["result"]), dict(content["form"]), str(content["updated"]), int(content["tries"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return job if (job.form, job.updated) == (form, updated) else None

    def keep(self, order: Order, job: Job) -> None:
        """Remember a job, in one step."""
        path = self._path(order)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".neu")
        aside.write_text(json.dumps(asdict(job), indent=1, sort_keys=True), encoding="utf-8", newline="\n")
        aside.replace(path)

    def waited(self, order: Order, job: Job) -> bool:
        """Note that a call waited in vain; whether the next one will go on waiting for the same result."""
        if job.tries + 1 >= TRIES:
            self.forget(order)
            return False
        self.keep(order, replace(job, tries=job.tries + 1))
        return True

    def forget(self, order: Order) -> None:
        """The result is here, or will not come."""
        self._path(order).unlink(missing_ok=True)

    def _path(self, order: Order) -> Path:
        return self._folder / f"{order.source}_{order.table}_{order.years}.json"

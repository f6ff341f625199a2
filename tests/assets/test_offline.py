"""A whole run with all documents opens no connection, nor does what is called afterwards.

The run is the watched one, made under a seal (`tests/fixtures/sealed.py`) whose working `tests/unit/fetch` proves.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.fixtures import sealed


def test_a_whole_run_with_all_documents_opens_no_connection(again: Any) -> None:
    assert (again.code, again.tried) == (0, ""), again.stderr[-3000:]
    made = again.settings.output_dir
    for documents in ("sozialatlas-*.pdf", "steckbriefe/*.pdf", "vorlagen/*", "portal/*"):
        assert list(made.glob(documents)), documents


def test_what_is_asked_of_an_edition_opens_none_either(again: Any, tmp_path: Path) -> None:
    where = ("--data", again.settings.data_dir, "--out", again.settings.out_dir)
    done = sealed.calls(tmp_path, ("steckbrief", "Musterstadt", *where), ("status", *where))
    shutil.rmtree(again.settings.out_dir / "einzeln")  # other tests look at what the run left
    assert done.codes == [0, 0] and done.tried == "", done.stderr[-3000:]

"""Tables of words on pages about planning, offers and participation: the same rows as in documents, for one markup.

What belongs here: columns, groups and cells as the template takes them. What does not: what a cell says
(`inventory`, `supply`, `participants`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipelines import german
from pipelines.publish.inventory import Table

Row = dict[str, Any]
Cells = Iterable[str | Row]


def cell(text: str, href: str = "") -> Row:
    """A cell of words, as a link if it leads somewhere (a path from the folder of the edition, or an address)."""
    return {"cell": text, "words": "", "href": href}


def sign_cell(status: str) -> Row:
    """The sign of a status with the words it stands for."""
    return {"cell": german.status_sign(status), "words": german.status_words(status), "href": ""}


def words_table(
    key: str,
    title: str,
    heads: Sequence[str],
    rows: Iterable[Cells] | Mapping[str, Iterable[Cells]],
    *,
    under: str = "",
    empty: str = "",
    row_head: int = 0,
    numbers: Sequence[int] = (),
    total: Cells | None = None,
) -> Row:
    """A table for `words_table` of the templates.

    key: id of its caption; rows: cells, or cells by the name of their group; row_head: the column that names the row;
    numbers: columns of numbers; total: the row of the Kreis; empty: the sentence that stands where no row is.
    """
    groups = rows.items() if isinstance(rows, Mapping) else [("", rows)]
    found = [{"name": name, "rows": [_cells(row) for row in own]} for name, own in groups]
    return {
        "key": key,
        "title": title,
        "under": under,
        "heads": [{"text": head, "number": place in numbers} for place, head in enumerate(heads)],
        "row_head": row_head,
        "groups": [group for group in found if group["rows"]],
        "total": _cells(total) if total is not None else None,
        "empty": empty,
    }


def inventory_table(
    key: str, table: Table, *, row_head: int = 0, links: Mapping[int, Sequence[str | None]] | None = None
) -> Row:
    """A table of the inventory; links: per column where the cell of each row leads, None for nowhere."""
    rows = [
        [cell(text, (links or {}).get(place, [None] * len(table.rows))[at] or "") for place, text in enumerate(row)]
        for at, row in enumerate(table.rows)
    ]
    heads = [column.title for column in table.columns]
    numbers = [place for place, column in enumerate(table.columns) if column.right]
    return words_table(key, table.title, heads, rows, empty=table.empty, row_head=row_head, numbers=numbers)


def _cells(row: Cells) -> list[Row]:
    return [cell(found) if isinstance(found, str) else found for found in row]

"""Which indicators rest on which column of a form, told from the catalogue of indicators.

What belongs here: that one look. What does not: the catalogue.
"""

from __future__ import annotations

from pipelines.forms.definition import Form


def feeds(form: Form) -> dict[str, list[str]]:
    """Indicators by the code of the item they rest on, also those that come alive with the delivery."""
    from pipelines.indicators.catalogue import load_catalogue

    found: dict[str, list[str]] = {item.code: [] for item in form.items}
    for entry in load_catalogue():
        computed = entry.awaited or entry
        used = {(term.merkmal, term.auspraegung) for term in (*computed.numerator, *computed.denominator)}
        for item in form.items:
            if (item.merkmal, item.auspraegung) in used:
                found[item.code].append(entry.indicator_id)
    return found

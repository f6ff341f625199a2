"""Arithmetic of a composite index on arrays: standardise, weigh, standardise again, classify.

What belongs here: the chain of variant A (MSS Berlin, Senatsverwaltung für Stadtentwicklung, Monitoring Soziale
Stadtentwicklung), used for the index (`index`) and for its runs (`robustness`). What does not: choosing members.

Arrays have areas on the last but one axis and members on the last; runs may come before. Values are oriented: higher
means more need. The standard deviation is that of the population (ddof 0), unweighted.
"""

from __future__ import annotations

import numpy as np

CLASS_NAMES = {1: "geringer", 2: "mittel", 3: "erhöht", 4: "deutlich erhöht"}
CLASS_LIMITS = (-1.0, 1.0, 1.5)
"""Class 1 up to the first limit, 2 up to the second, 3 up to the third, 4 above; a limit belongs to the class below."""

NO_DIFFERENCE = "Ohne Unterschiede zwischen den Gebieten lässt sich nichts standardisieren."

_TOLERANCE = 1e-9


def z_scores(values: np.ndarray, axis: int) -> np.ndarray:
    """Values minus their mean, in population standard deviations along an axis.

    Raises ValueError where the values do not differ: there is nothing to standardise.
    """
    deviation = values.std(axis=axis, keepdims=True)
    if (deviation <= _TOLERANCE * np.abs(values).max(axis=axis, keepdims=True)).any():
        raise ValueError(NO_DIFFERENCE)
    return (values - values.mean(axis=axis, keepdims=True)) / deviation


def index_values(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Index of each area: weighted sum of the members' z-scores, standardised again; shape (..., areas).

    `values` (..., areas, members), `weights` (..., members). Raises ValueError where values do not differ.
    """
    total = (z_scores(values, -2) * weights[..., None, :]).sum(axis=-1)
    # Members that cancel each other leave only the last digits of floats, which would standardise to noise.
    if (total.std(axis=-1) <= _TOLERANCE).any():
        raise ValueError(NO_DIFFERENCE)
    return z_scores(total, -1)


def contributions(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Part of each member in the index of each area, shape (areas, members); a row adds up to the index."""
    parts = z_scores(values, -2) * weights
    return parts / parts.sum(axis=-1).std()


def classify(index: np.ndarray) -> np.ndarray:
    """Class 1 to 4 of index values, decided on unrounded values; exactly 1 is still class 2, exactly -1 is class 1."""
    # The tolerance only absorbs the last digits of floats, so that an exact 1 stays in its class.
    return np.asarray(1 + np.searchsorted(np.array(CLASS_LIMITS) + _TOLERANCE, index, side="left"))

"""Disclosure control: the only way from `indicators` to `release`.

What belongs here: deciding what may leave, and making the released tables. What does not: computing indicators,
writing files, and any exception made for a single figure.
"""

"""What must be true of a table before anything is built on it: contracts checked row by row, totals reconciled.

What belongs here: checks that take frames and return rows of `release.checks`. What does not: when they run and what
they stop (`assets.checks`), and mending data (nothing here changes a value).
"""

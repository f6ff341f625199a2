"""Maps and charts of released numbers: style, canvas, rows, maps, charts, alt, export.

What belongs here: drawing plain frames of released values and describing the same values in words for screen readers.
What does not: reading files, computing indicators, laying out pages.
"""

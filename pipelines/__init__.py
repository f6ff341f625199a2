"""How a number is made: plain functions from a delivery to a released table, a figure, a document.

What belongs here: everything that computes, reads, checks or writes. What does not: which tables and documents exist
and what depends on what (`assets`), and any import of Dagster.
"""

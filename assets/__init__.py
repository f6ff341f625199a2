"""Which tables, maps and reports exist, what they depend on and what must be true of them.

What belongs here: Dagster definitions, checks, the job and the command line. What does not: how a number is made
(`pipelines`). No module here decides on data.
"""

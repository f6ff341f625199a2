"""What an asset was made from, as hashes: to say which is stale and why, before anything heavy is imported.

What belongs here: code reached by a function (`code`), files and settings (`parts`), what a run has left (`records`),
the state of tables (`tables`). What does not: which assets there are and what each reads (`assets`).
"""

"""Steering: what people write down by hand, as registers in `data/raw/steering`, and what follows from them.

What belongs here: reading registers strictly, turning them into tables by contract, and the arithmetic on them. What
does not: figures of statistics (`pipelines.indicators`) and what may leave (`pipelines.disclosure.steering`).
"""

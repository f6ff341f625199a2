"""Forms by which offices and Gemeinden deliver figures: what they ask, how they look, what comes back.

What belongs here: the forms as data (`<delivery>.yml`), writing them, reading and checking what was filled in, taking
it in or keeping it aside. What does not: lists that people write by hand (`pipelines.steering`), files of statistical
offices (`pipelines.readers`), indicators.
"""

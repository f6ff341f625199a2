"""From curated items to indicators: catalogue, rates, intervals, comparison, trend, index and its robustness.

What belongs here: the statistics, each method with its source. What does not: reading deliveries, changing areas
(`pipelines.harmonise`), deciding what may be published (`pipelines.disclosure`), wording of documents.
"""

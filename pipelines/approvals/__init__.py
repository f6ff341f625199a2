"""The life of an edition: who checked and approved which numbers, what was corrected, and what that makes an edition.

What belongs here: the file of approvals in the district's data folder, the rules of its steps, and comparing editions.
What does not: deciding what may leave (`pipelines.disclosure`), storing editions (`pipelines.publish.archive`).
"""

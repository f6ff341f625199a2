"""What can be delivered (catalogue), what was delivered (registry), and that it is still the same (snapshot).

What belongs here: publishers, licences, source sheets, precedence between sources, verification of files. What does
not: understanding the content of a file (`pipelines.readers`).
"""

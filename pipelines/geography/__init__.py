"""Areas and their boundaries: keys, levels, which Gemeinde belongs where, shapes for maps.

What belongs here: the spine of areas that figures are joined to. What does not: figures, and drawing (`figures`).
"""

"""The colours of the theme as CSS variables of the web page.

What belongs here: the names of the variables and which colour they take in light and dark. What does not: the colours
(`reports/theme/theme.yml`), rules of style (`reports/theme/portal`).
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.figures import style

# Variable of the web page -> entry of the theme
NAMES = {
    "ground": "ground",
    "surface": "surface",
    "ink": "ink",
    "ink2": "ink2",
    "ink3": "ink3",
    "control": "control",
    "rule": "rule",
    "hair": "hair",
    "accent": "accent",
    "focus": "focus",
    "hover": "band",
    "hatch": "grey",
    "others": "others",
    "range-all": "range_all",
    "range-middle": "range_middle",
    "main": "main",
}
# Prefix of the variables of a palette, and of the text on it
PALETTES = {"sequential": ("s", "t"), "diverging": ("d", "dt"), "categorical": ("k", "kt")}


def css_variables() -> str:
    """`:root` rules with every colour for light and dark screens; print is always light.

    Colours: `--ground`, `--surface`, `--ink`, … (`NAMES`), `--s1` to `--s5` low to high, `--d1` to `--d5` around the
    Kreis value, `--k1` to `--k3` for groups; `--t1`, `--dt1`, `--kt1`, … read on the colour of the same number.
    """
    light, dark = (_declarations(variables(scheme)) for scheme in ("light", "dark"))
    return (
        f":root {{ color-scheme: light dark;{light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{{dark} }} }}\n"
        "@media print { :root { color-scheme: light; } }\n"
    )


def variables(scheme: str) -> dict[str, str]:
    """Colour of every variable without its dashes; `scheme` is light or dark."""
    named = style.THEME["colours"][scheme]
    found = {name: named[entry] for name, entry in NAMES.items()}
    for palette, (fill, text) in PALETTES.items():
        colours: Sequence[str] = style.THEME[palette][scheme]
        found |= {f"{fill}{number}": colour for number, colour in enumerate(colours, start=1)}
        found |= {f"{text}{number}": text_on(colour, scheme) for number, colour in enumerate(colours, start=1)}
    return found


def text_on(fill: str, scheme: str) -> str:
    """The darkest or the lightest colour of a scheme, whichever reads better on a fill."""
    dark = style.THEME["colours"][scheme]["ink" if scheme == "light" else "ground"]
    return max((dark, style.WHITE), key=lambda colour: style.contrast(colour, fill))


def _declarations(colours: dict[str, str]) -> str:
    return "".join(f" --{name}: {colour};" for name, colour in colours.items())

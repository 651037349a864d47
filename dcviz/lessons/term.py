"""What an entry of the glossary is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One word.

    Attributes:
        id: key in GLOSSARY, in addresses, and name of its picture.
        word: as pages write it.
        plain: what it is, in one or two sentences without symbols.
        formula: LaTeX.
        symbols: what its symbols are.
        unit: of the value.
        source: paper or place.
        page: where it is seen, a name in the menu.
        alt: the picture in words.
    """

    id: str
    word: str
    plain: str
    formula: str
    symbols: str
    unit: str
    source: str
    page: str
    alt: str

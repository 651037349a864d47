"""GLOSSARY: the words of the lab, each with formula, unit, source and the page where it is seen."""

from __future__ import annotations

from dcviz.lessons.term import Term
from dcviz.lessons.texts import words_of_geometry, words_of_training

GLOSSARY: dict[str, Term] = {term.id: term for term in (*words_of_training.TERMS, *words_of_geometry.TERMS)}

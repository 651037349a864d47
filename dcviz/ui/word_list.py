"""The glossary on a page: one word at a time, with picture, formula, unit and source."""

from __future__ import annotations

import streamlit as st

from dcviz.figures.pictures import picture
from dcviz.lessons.glossary import GLOSSARY
from dcviz.ui.links import PAGES, link


def word_list() -> None:
    """Choose a word; the address keeps it."""
    words = sorted(GLOSSARY, key=lambda each: GLOSSARY[each].word.lower())
    asked = st.query_params.get("word")
    start = asked if asked in GLOSSARY else words[0]
    list_, entry = st.columns([1, 2], gap="large")
    with list_:
        chosen = st.radio(
            "Word", words, index=words.index(start), key="glossary_word",
            format_func=lambda each: GLOSSARY[each].word,
        )  # fmt: skip
    if chosen and chosen != asked:
        st.query_params["word"] = chosen
    with entry:
        _entry(str(chosen))


def _entry(name: str) -> None:
    term = GLOSSARY[name]
    st.subheader(term.word, anchor=False)
    st.image(picture(name), alt=term.alt)
    st.markdown(term.plain)
    st.latex(term.formula)
    st.caption(f"**Symbols.** {term.symbols}  \n**Unit.** {term.unit}  \n**Source.** {term.source}")
    link(term.page, f"See it on {PAGES[term.page][1]}")

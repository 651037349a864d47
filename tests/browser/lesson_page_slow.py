"""A lesson as a very busy server sends it: each folded part comes a while after what stands above it."""

import time

import streamlit as st

from dcviz.lessons.catalog import LESSONS
from dcviz.ui import learning


def late(*arguments, **options):
    time.sleep(0.3)
    return st.expander(*arguments, **options)


class Busy:
    """Streamlit with folded parts that come late."""

    def __getattr__(self, name: str):
        return late if name == "expander" else getattr(st, name)


learning.st = Busy()
st.set_page_config(layout="wide")
learning.show(LESSONS[st.query_params["lesson"]], pinned=False)

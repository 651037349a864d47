"""exchange: what comes in from other programs and what goes out to them.

Latents, labels and tables come in and become a run like any other; scores, points, latents, a report and
the lines of Python behind a number go out. numpy, pandas and PIL; no torch, no Streamlit.
"""

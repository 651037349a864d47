"""What the first visit would otherwise wait for: importing this loads what every page stands on.

Modules with a cache of Streamlit's stay out: they complain about a missing server when they are loaded
before it runs, and they are quick once the rest is there.
"""

import gc

import dcviz.engine.branch
import dcviz.engine.estimate
import dcviz.engine.launchers
import dcviz.geometry.purity
import dcviz.geometry.table
import dcviz.geometry.twist_scores
import dcviz.viewer  # noqa: F401
from dcviz.figures.curves import Curve, Panel, over_epochs
from dcviz.figures.paths import damage_against_movement
from dcviz.ui.allocator import keep_few_heaps

keep_few_heaps()  # before the first visit starts a thread

# Plotly loads its parts when a figure first uses them.
over_epochs([0, 1], [Panel("", (Curve("", [0, 1], low=[0, 0], high=[1, 1]),))], phases=[("", 1)], now=0)
damage_against_movement({"": ([0], [0], [0])}, title="")

# Streamlit collects garbage after every run of a page, and holds everybody up for as long. What was loaded
# above stays until the end: left out of the search, a collection takes 5 ms where it took 100.
gc.collect()
gc.freeze()

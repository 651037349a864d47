"""The command that finds the neighbor graphs of runs that ship without: graphs. It never imports torch."""

import argparse
import sys
import time

from dcviz.cli.output import print_json, print_table
from dcviz.cli.progress import bar_text
from dcviz.runs import Run, default_store
from dcviz.runs.errors import RunError
from dcviz.runs.graphs import kept_path
from dcviz.runs.run import M_MAX


def graphs(given: argparse.Namespace) -> int:
    """Find the graphs of all kept epochs and keep them in the cache, with progress."""
    if bool(given.runs) == given.all:
        raise ValueError("name runs, or give --all for every run that ships without graphs")
    store = default_store()
    runs = store.list() if given.all else [store.open(name) for name in given.runs]
    for run in runs:
        if run.broken and given.runs:
            raise RunError(f"run {run.id} cannot be read: {run.broken}")
    rows = [_found(run) for run in runs if not run.broken and (not given.all or ships_without(run))]
    if given.json:
        print_json(rows)
    elif not rows:
        sys.stdout.write("every run has its graphs\n")
    else:
        print_table(tuple(rows[0]), [tuple(row.values()) for row in rows])
    return 1 if any(row["damaged"] for row in rows) else 0


def ships_without(run: Run) -> bool:
    """Whether a run holds epochs without their graphs: an example, or a branch of one."""
    return any(not run.graph_file(epoch.key).exists() for epoch in run.epochs())


def _found(run: Run) -> dict[str, str | int | float]:
    """Go through the epochs of a run; a damaged one is told of, and the next one looked at."""
    out, began, new, damaged = sys.stderr, time.perf_counter(), 0, 0
    epochs = run.epochs()
    for number, epoch in enumerate(epochs, 1):
        stored = run.graph_file(epoch.key).exists()
        path = None if stored else kept_path(run.path, epoch.key, M_MAX)
        lacking = path is not None and not path.exists()
        try:
            run.neighbors(epoch.key)
            new += lacking and path is not None and path.exists()
        except RunError as error:
            damaged += 1
            out.write(f"{error}\n")
        if out.isatty():
            out.write(f"\r{bar_text(number / len(epochs))} {number}/{len(epochs)} {run.id}\x1b[K")
            out.flush()
    if out.isatty() and epochs:
        out.write("\n")
    else:
        out.write(f"{run.id}: {len(epochs)} epochs\n")
    seconds = round(time.perf_counter() - began, 2)
    return {"run": run.id, "epochs": len(epochs), "found": new, "damaged": damaged, "seconds": seconds}

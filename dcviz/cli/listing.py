"""The commands that list and show: methods, datasets, runs, show."""

import argparse
import sys
from dataclasses import asdict
from typing import Any

from dcviz.cli.output import SCORES, bytes_text, epoch_object, print_json, print_table, run_object
from dcviz.engine.errors import RequestError


def methods(given: argparse.Namespace) -> int:
    """List the methods that can be trained, or the settings of one."""
    from models.catalog import METHODS, method_entry

    if given.json:
        chosen = METHODS.values() if given.id is None else [method_entry(given.id)]
        print_json([_method_object(entry) for entry in chosen])
        return 0
    if given.id is not None:
        entry = method_entry(given.id)
        sys.stdout.write(f"{entry.title} ({entry.year}): {entry.summary}\n")
        sys.stdout.write(
            f"Defaults before a preset sets its own: --preset auto, {', '.join(entry.presets)}\n"
        )
        for source, sets in entry.data_presets.items():
            sys.stdout.write(f'Published for {", ".join(sets)}: --published "{source}"\n')
        _print_arguments(_method_object(entry)["settings"], flag="--set")
        return 0
    rows = [(e.id, e.title, e.year, " → ".join(e.phases), ", ".join(e.presets)) for e in METHODS.values()]
    print_table(("id", "title", "year", "phases", "presets"), rows)
    return 0


def datasets(given: argparse.Namespace) -> int:
    """List the data sets that can be named, or the options of one; your own files and folders work too."""
    from dcviz.data.catalog import DATASETS

    if given.id not in (None, *DATASETS):
        raise RequestError(f"no data set {given.id!r}; there are: {', '.join(DATASETS)}")
    if given.json:
        chosen = DATASETS.values() if given.id is None else [DATASETS[given.id]]
        print_json([_dataset_object(entry) for entry in chosen])
        return 0
    if given.id is not None:
        sys.stdout.write(f"{DATASETS[given.id].title}: {DATASETS[given.id].n:,} points\n")
        _print_arguments(_dataset_object(DATASETS[given.id])["options"], flag="--data")
        return 0
    rows = [
        (
            e.id,
            e.title,
            e.n,
            "x".join(map(str, e.image_shape)) if e.image_shape else "2",
            e.clusters,
            e.license,
        )
        for e in DATASETS.values()
    ]
    print_table(("id", "title", "n", "shape", "K", "license"), rows)
    return 0


def runs(given: argparse.Namespace) -> int:
    """List the runs of the store, newest first."""
    from dcviz.runs import default_store

    found = [run_object(run) for run in default_store().list()]
    if given.json:
        print_json(found)
    elif not found:
        sys.stdout.write(f"no runs in {default_store().root}; start one: python -m dcviz train rdc arcs\n")
    else:
        rows = [
            (r["id"], r["name"], r["state"], r["epoch"], r["epochs"], bytes_text(r["bytes"])) for r in found
        ]
        print_table(("id", "name", "state", "epoch", "of", "size"), rows)
    return 0


def show(given: argparse.Namespace) -> int:
    """Show every stored epoch of a run."""
    from dcviz.runs import default_store
    from dcviz.runs.errors import RunError

    run = default_store().open(given.run)
    if run.broken:
        raise RunError(f"run {run.id} is broken: {run.broken}")
    epochs = [epoch_object(epoch) for epoch in run.epochs()]
    if given.json:
        print_json(epochs)
        return 0
    summary = run_object(run)
    told = summary["message"] or (summary.get("error") or {}).get("message") or ""
    sys.stdout.write(f"{run.name} ({run.id}): {summary['state']} {told}".rstrip() + "\n")
    columns = ("epoch", "phase", *SCORES, "seconds")
    rows = [(*(_rounded(e[name]) for name in columns), _rounded(e["losses"].get("total"))) for e in epochs]
    print_table((*columns, "loss"), rows)
    sys.stdout.write(
        "id, lid, curvature: means over clusters; --json has the whole set's too (id_all, ...)\n"
    )
    return 0


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def _print_arguments(described: list[dict[str, Any]], *, flag: str) -> None:
    """What can be given as `flag NAME=VALUE`: default, what is allowed, meaning."""
    rows = []
    for each in described:
        low, high = ("" if end is None else f"{end:g}" for end in (each["low"], each["high"]))
        choices = [str(choice) for choice in each["choices"] or () if choice != ""]
        allowed = ", ".join(choices) or (f"{low} .. {high}" if low or high else "")
        rows.append((f"{flag} {each['name']}=", str(each["default"]), allowed, each["help"]))
    print_table(("setting", "default", "allowed", "meaning"), rows)


def _method_object(entry: Any) -> dict[str, Any]:
    from models.settings import describe

    settings = [{**asdict(info), "type": info.type.__name__} for info in describe(entry.settings)]
    presets = {name: preset.summary for name, preset in entry.presets.items()}
    wanted = ("id", "title", "paper", "year", "phases", "summary", "needs_clusters")
    found = {name: getattr(entry, name) for name in wanted}
    published = {source: list(sets) for source, sets in entry.data_presets.items()}
    return {**found, "presets": presets, "published": published, "settings": settings}


def _dataset_object(entry: Any) -> dict[str, Any]:
    wanted = ("id", "title", "kind", "n", "input_dim", "image_shape", "clusters", "class_names", "license",
              "commercial", "checked", "caution")  # fmt: skip
    options = [{**asdict(option), "type": option.type.__name__} for option in entry.options]
    return {**{name: getattr(entry, name) for name in wanted}, "options": options}

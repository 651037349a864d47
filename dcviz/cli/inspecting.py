"""The commands that look into checkpoints of any origin: inspect, reembed."""

import argparse
import sys
from pathlib import Path
from typing import Any

from dcviz.cli.exchanging import limits_of, tell
from dcviz.cli.output import print_json, print_table
from dcviz.data.dataset import DataError
from dcviz.runs import Run, default_store
from dcviz.runs.errors import RunError


def inspect(given: argparse.Namespace) -> int:
    """Show the layers of a checkpoint: shape, norms, effective rank, and the change since another one."""
    from dcviz.engine.inspect.layers import layer_table, rows
    from dcviz.engine.inspect.weights import read_weights

    weights = read_weights(given.file, part=given.part, limits=limits_of(given))
    other = (
        None
        if given.against is None
        else read_weights(given.against, part=given.part, limits=limits_of(given))
    )
    table = rows(layer_table(weights.tensors, against=None if other is None else other.tensors))
    recognized = _recognized(weights.tensors)
    if given.json:
        print_json(
            {"file": weights.name, "wrapper": weights.wrapper, "parameters": weights.parameters,
             "layers": table, "encoder": recognized, "aside": list(weights.aside),
             "left_out": weights.left_out, "notes": weights.notes, "origin": weights.origin,
             "against": None if other is None else other.name,
             "only_there": [] if other is None else sorted(set(other.tensors) - set(weights.tensors))}
        )  # fmt: skip
        return 0
    columns = ["name", "shape", "kind", "norm", "spectral", "effective_rank", "std", "zeros", "bad"]
    columns += ["change_relative", "change_cosine", "change_reason"] if other is not None else []
    print_table(tuple(columns), [tuple(_cell(row[name]) for name in columns) for row in table])
    sys.stdout.write(f"{weights.parameters:,} numbers in {len(table)} arrays\n")
    told = {"inside": weights.wrapper, "set aside": f"{len(weights.aside)} tensors" if weights.aside else "",
            "encoder": recognized.get("text") or recognized.get("reason", "")}  # fmt: skip
    sys.stdout.writelines(f"{name}: {text}\n" for name, text in told.items() if text)
    sys.stdout.writelines(f"left out: {name} ({why})\n" for name, why in weights.left_out.items())
    return 0


def reembed(given: argparse.Namespace) -> int:
    """Put a data set through the weights of a checkpoint or run; the result is a run."""
    from dcviz.cli.progress import Progress
    from dcviz.engine.worker import Listener, work

    run = _prepared(given)
    progress = Progress(sys.stderr, phases=run.spec["phases"])
    try:
        status = work(run, listener=Listener(progress.moved, progress.listed))
    finally:
        progress.close()
    if status["error"]:
        raise RunError(f"{status['error']['message']} (run {run.id})")
    return tell(run, given)


def _prepared(given: argparse.Namespace) -> Run:
    from dcviz.engine.inspect.matching import corrected, dense_layers, suggest
    from dcviz.engine.inspect.prepare import Target, from_file, from_foreign, from_graph, from_run, width_of
    from dcviz.engine.inspect.weights import read_weights

    target = Target(given.dataset, _options(given.data), given.clusters, given.name)
    if not Path(given.weights).expanduser().is_file():
        keys = None if given.epoch is None else [f"{int(k):05d}" if k.isdigit() else k for k in given.epoch]
        return from_run(default_store().open(given.weights), target, keys=keys)
    weights = read_weights(given.weights, part=given.part, limits=limits_of(given))
    if weights.origin is not None and not given.layers:
        return from_file(weights, target)
    if weights.graph and not given.layers:
        return from_graph(weights, target)
    if given.layers:
        known = {layer.weight: layer for layer in dense_layers(weights.tensors, activation=given.activation)}
        names = [name if name in known else f"{name}.weight" for name in given.layers.split(",")]
        unknown = [name for name in names if name not in known]
        if unknown:
            raise DataError(f"{unknown[0]!r} is no dense layer; there are: {', '.join(known)}")
        match = corrected(weights.tensors, [known[name] for name in names])
    else:
        match = suggest(weights.tensors, input_dim=width_of(target), activation=given.activation)
    return from_foreign(weights, match, target, method=given.method)


def _options(pairs: list[str]) -> dict[str, str]:
    options = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise DataError(f"--data takes NAME=VALUE, got {pair!r}")
        options[name] = value
    return options


def _recognized(tensors: Any) -> dict[str, Any]:
    from dcviz.engine.inspect.matching import suggest

    try:
        match = suggest(tensors)
    except DataError as error:
        return {"reason": str(error)}
    text = "-".join(map(str, match.widths)) + (f", our network {match.network}" if match.network else "")
    return {
        "text": text, "widths": match.widths, "network": match.network, "unused": match.unused,
        "layers": [layer.weight for layer in match.encoder],
        "decoder": [layer.weight for layer in match.decoder],
    }  # fmt: skip


def _cell(value: Any) -> Any:
    return "x".join(map(str, value)) if isinstance(value, list) else value

"""The commands that train: train, resume, branch; and control, which steers a training elsewhere."""

import argparse
import os
import sys
from typing import Any

from dcviz.cli.elsewhere import hand_over, place_asked
from dcviz.cli.output import bytes_text, epoch_object, print_json, run_object, score_text, seconds_text
from dcviz.cli.progress import Progress
from dcviz.engine.errors import RequestError
from dcviz.engine.launchers import launcher_of
from dcviz.engine.place import Place, place_of
from dcviz.runs import Run, default_store


def train(given: argparse.Namespace) -> int:
    """Train a method on a data set in a new run folder."""
    from dcviz.engine.published import published_settings
    from dcviz.engine.request import prepare, wish
    from models.catalog import method_entry

    place = place_asked(given, pairs(given.option, "--option"))
    options = pairs(given.data, "--data")
    printed = published_settings(method_entry(given.method), given.published, given.dataset, options)
    request = wish(
        given.method,
        given.dataset,
        settings={**printed, **pairs(given.set, "--set")},
        preset=given.preset,
        seed=given.seed,
        device=given.device,
        schedule=_schedule(given),
        devices=given.devices,
        dataset_options=options,
        elsewhere=not place.here,
        **({} if given.probe_points is None else {"probe_points": given.probe_points}),
    )
    _announce(request, given)
    return _work(prepare(request, path=given.run), given, place)


def resume(given: argparse.Namespace) -> int:
    """Go on with a run that was stopped, interrupted or failed."""
    run = default_store().open(given.run)
    place = place_asked(given, pairs(given.option, "--option"), place_of(run))
    return _work(run, given, place, resume=given.key or True)


def branch(given: argparse.Namespace) -> int:
    """Go on from a checkpoint of a run in a new run, with other settings."""
    from dcviz.engine.branch import branch as make_branch
    from dcviz.engine.branch import branch_wish

    parent = default_store().open(given.parent)
    place = place_asked(given, pairs(given.option, "--option"))
    key = int(given.key) if given.key.isdigit() and len(given.key) < 5 else given.key
    request = branch_wish(
        parent,
        key,
        settings=pairs(given.set, "--set"),
        start_phase=given.start_phase,
        seed=given.seed,
        device=given.device,
        elsewhere=not place.here,
    )
    _announce(request, given)
    return _work(make_branch(parent, request, path=given.run), given, place)


def control(given: argparse.Namespace) -> int:
    """Pause, continue, step or stop a training that runs in another process."""
    run = default_store().open(given.run)
    if given.action == "stop":  # one that waits in a cluster's queue has no worker to read a file
        launcher_of(run).stop(run)
    else:
        run.control(given.action)
    return 0


def pairs(texts: list[str], option: str) -> dict[str, str]:
    """Read ["a=1", "b=x"] as a dict.

    Raises:
        RequestError: for a text without "=", or a name given twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise RequestError(f"{option} takes name=value, got {text!r}")
        if name in found:
            raise RequestError(f"{option} {name} is given twice: {found[name]!r} and {value!r}")
        found[name] = value
    return found


def _schedule(given: argparse.Namespace) -> dict[str, int]:
    wanted = {
        "every": given.every,
        "dense_around_switch": given.dense_around_switch,
        "checkpoint_every": given.checkpoint_every,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _announce(request: Any, given: argparse.Namespace) -> None:
    """Say what will be trained and what it costs, before anything is written."""
    from dcviz.engine.estimate import estimate

    cost = estimate(request, runs=default_store().list())
    out = _talk(given)
    phases = " + ".join(f"{epochs} {name}" for name, epochs in request.phases)
    chosen = f"{request.preset} (auto)" if request.preset_asked == "auto" else request.preset
    out.write(
        f"{request.method} on {request.dataset}: preset {chosen}, {phases} epochs, device {request.device}\n"
    )
    out.write(
        f"about {seconds_text(cost.seconds)} of training ({cost.basis}); {cost.snapshots} epochs kept, "
        f"{bytes_text(cost.total_bytes)} on the disk\n"
    )
    for notice in request.notices:
        out.write(f"note: {notice}\n")
    out.flush()


def _work(run: Run, given: argparse.Namespace, place: Place, *, resume: str | bool = False) -> int:
    if not place.here or given.detach:
        status = run.status() if hand_over(run, place, given, resume=resume) else {"state": "handed over"}
        if status["state"] == "handed over":
            return 0
        _conclude(run, status, given)
        return 1 if status["state"] in ("failed", "interrupted") else 0
    if place.share < 1:
        os.environ["DCVIZ_GPU_SHARE"] = f"{place.share:g}"
    from dcviz.engine.worker import Listener, work

    start = run.epochs()[-1].position if run.epochs() else 0.0
    out = _talk(given)
    out.write(f"run {run.id} in {run.path}\n")
    out.flush()
    progress = Progress(sys.stderr if sys.stderr.isatty() else out, phases=run.spec["phases"], start=start)
    try:
        status = work(run, resume=resume, listener=Listener(progress.moved, progress.listed))
    finally:
        progress.close()
    _conclude(run, status, given)
    return 1 if status["state"] == "failed" else 0


def _conclude(run: Run, status: dict[str, Any], given: argparse.Namespace) -> None:
    epochs = run.epochs()
    if given.json:
        last = epoch_object(epochs[-1]) if epochs else None
        total = sum(epoch.seconds or 0.0 for epoch in epochs)
        print_json({**run_object(run), "seconds": total, "last": last})
    elif epochs:
        last_scores = score_text(epochs[-1].scores)
        sys.stdout.write(f"{status['state']} at epoch {epochs[-1].position:g}  {last_scores}\n")
    if status["error"]:
        sys.stderr.write(f"dcviz: {status['error']['message']} {status['error']['hint']}\n")


def _talk(given: argparse.Namespace) -> Any:
    """Where words for people go: beside --json they must not mix with the document."""
    return sys.stderr if given.json else sys.stdout

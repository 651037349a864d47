"""The commands that exchange with other programs: import, export."""

import argparse
import sys
from pathlib import Path
from typing import Any

from dcviz.cli.output import bytes_text, print_json, run_object
from dcviz.data.dataset import DataError
from dcviz.data.guard import Limits
from dcviz.runs import Run, default_store

BY_ENDING = {".zip": "run", ".html": "report", ".csv": "scores", ".parquet": "scores", ".npy": "latents",
             ".npz": "latents", "": "latents"}  # fmt: skip


def limits_of(given: argparse.Namespace) -> Limits:
    """The limit on files asked for with --limit-gb."""
    if not 0 < given.limit_gb <= 1024:
        raise DataError(f"--limit-gb must lie in (0, 1024], got {given.limit_gb:g}")
    return Limits(file_bytes=int(given.limit_gb * 2**30))


def import_(given: argparse.Namespace) -> int:
    """Bring an exported run, or latents of any other program, into the store."""
    path = Path(given.file).expanduser()
    if path.suffix.lower() == ".zip":
        from dcviz.runs.export import import_run

        return tell(import_run(path, default_store()), given)
    from dcviz.exchange.intake import import_latents
    from dcviz.exchange.latents import incoming

    source = incoming(path, labels=given.labels, limits=limits_of(given))
    run = import_latents(
        source, default_store(), name=given.name, clusters=given.clusters, progress=progress(sys.stderr)
    )
    return tell(run, given)


def export(given: argparse.Namespace) -> int:
    """Write a run, its scores, points, latents, projector tensors, printable report, or log it to MLflow."""
    run = default_store().open(given.run)
    if given.what == "mlflow" or "://" in given.file:
        return _track(run, given)
    file = Path(given.file).expanduser()
    what = given.what or BY_ENDING.get(file.suffix.lower())
    if what is None:
        raise DataError(f"{file.name}: what to write is not clear from {file.suffix!r}; say --what")
    path = _write(what, run, file, given.epoch)
    if given.json:
        print_json({"run": run.id, "what": what, "file": str(path), "bytes": _size(path)})
    else:
        sys.stdout.write(f"{path} ({what}, {bytes_text(_size(path))})\n")
    return 0


def _track(run: Run, given: argparse.Namespace) -> int:
    from dcviz.exchange.tracking_out import write_tracking

    logged = write_tracking(run, given.file)
    if given.json:
        print_json({"run": run.id, "what": "mlflow", "store": given.file, "logged": logged})
    else:
        sys.stdout.write(f"{given.file} (mlflow run {logged})\n")
    return 0


def tell(run: Run, given: argparse.Namespace) -> int:
    """Say which run came out, what it was read from, and what its scores will lack."""
    if given.json:
        print_json(run_object(run))
        return 0
    sys.stdout.write(f"run {run.id} in {run.path}\n")
    spec = run.spec
    if spec.get("source"):
        sys.stdout.write(f"{spec['n']:,} points, {spec['latent_dim']} dimensions, {spec['source']}\n")
    for notice in spec.get("notices") or []:
        sys.stdout.write(f"note: {notice}\n")
    return 0


def progress(stream: Any) -> Any:
    """A listener for imports of many epochs: a line that redraws itself in a terminal, silence in a pipe."""

    def listen(done: int, total: int) -> None:
        if stream.isatty():
            stream.write(f"\repoch {done} of {total}\x1b[K" + ("\n" if done == total else ""))
            stream.flush()

    return listen


def _write(what: str, run: Run, file: Path, epochs: list[str] | None) -> Path:
    from dcviz.exchange import latents_out, report, tables_out
    from dcviz.geometry.thresholds import Thresholds
    from dcviz.runs.export import export_run

    keys = None if epochs is None else [f"{int(key):05d}" if key.isdigit() else key for key in epochs]
    if what == "run":
        return export_run(run, file)
    if what == "report":
        return report.write_report(run, file)
    if what == "scores":
        return tables_out.write_table(tables_out.scores_table(run), file)
    if what == "latents":
        return latents_out.write_latents(run, file, keys=keys)
    if what == "projector":
        return latents_out.write_projector(run, file, keys=keys)
    key = latents_out.chosen_keys(run, keys)[-1]
    thresholds = Thresholds(**(run.spec.get("thresholds") or {}))
    return tables_out.write_table(tables_out.points_table(run, key, thresholds), file)


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size

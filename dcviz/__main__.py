"""The command line: `python -m dcviz COMMAND`. The pages do the same through the same code."""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from typing import NoReturn

from dcviz.cli.elsewhere import add_engine_arguments
from dcviz.cli.exchange_arguments import add_exchange_arguments
from dcviz.cli.sweeping import add_sweep_arguments
from dcviz.cli.ways_out import as_typed

COMMANDS = {
    "methods": ("listing:methods", "the methods that can be trained, and their settings"),
    "datasets": ("listing:datasets", "the data sets that can be named"),
    "train": ("training:train", "train a method on a data set"),
    "resume": ("training:resume", "go on with a stopped, interrupted or failed run"),
    "branch": ("training:branch", "go on from a checkpoint in a new run, with other settings"),
    "sweep": ("sweeping:sweep", "train a method over settings and seeds"),
    "control": ("training:control", "pause, continue, step or stop a run in training"),
    "runs": ("listing:runs", "list the runs"),
    "show": ("listing:show", "show every stored epoch of a run"),
    "graphs": ("graphs:graphs", "find the neighbor graphs of runs that ship without, and keep them"),
    "measure": ("measuring:measure", "measure the geometry of any array of latents, as one set"),
    "export": ("exchanging:export", "write a run, its scores, points, latents or report to a file"),
    "import": ("exchanging:import_", "bring an exported run, or latents of any program, into the store"),
    "inspect": ("inspecting:inspect", "show the layers of a checkpoint of any origin"),
    "compare": ("comparing:compare", "hold two runs, or two epochs of one, beside each other"),
    "reembed": ("inspecting:reembed", "put data through the weights of a checkpoint or run"),
}
ACTIONS = ("pause", "continue", "step_epoch", "step_batch", "stop", "snapshot")
RUN = "id of a run, or its folder"


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the help is; exit code 2."""
        sys.stderr.write(f"dcviz: {message} (see {self.prog} --help)\n")
        sys.exit(2)


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 when it did what was asked, 1 when it failed, 2 when it was asked wrongly.
    """
    given = parser().parse_args(arguments)
    try:
        return _command(given.command)(given)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
        return 0
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        sys.stderr.write(f"dcviz: {as_typed(' '.join(str(error).split()), given.command)}\n")
        return code


def parser() -> Parser:
    """The whole command line."""
    root = Parser(
        prog="python -m dcviz", description="An interactive lab for the latent space of deep clustering."
    )
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    made = {
        name: commands.add_parser(name, help=text, description=text) for name, (_, text) in COMMANDS.items()
    }
    for name in (
        "methods",
        "datasets",
        "train",
        "resume",
        "branch",
        "sweep",
        "runs",
        "show",
        "graphs",
        "measure",
    ):
        made[name].add_argument("--json", action="store_true", help="print one JSON document")
    for name, what in (("methods", "settings"), ("datasets", "options")):
        made[name].add_argument("id", nargs="?", metavar="ID", help=f"show the {what} of this one")
    _training_arguments(made)
    for name in ("train", "resume", "branch", "sweep"):
        add_engine_arguments(made[name])
    add_sweep_arguments(made["sweep"])
    _measure_arguments(made["measure"])
    for name in ("resume", "control", "show", "export", "compare"):
        made[name].add_argument("run", metavar="RUN", help=RUN)
    made["resume"].add_argument("--key", metavar="KEY", help="checkpoint to go on from; default: the last")
    made["graphs"].add_argument("runs", nargs="*", metavar="RUN", help=RUN)
    made["graphs"].add_argument("--all", action="store_true", help="every run that ships without graphs")
    made["control"].add_argument("action", choices=ACTIONS)
    add_exchange_arguments(made)
    return root


def _training_arguments(made: dict[str, Parser]) -> None:
    train, branch = made["train"], made["branch"]
    train.add_argument("method", metavar="METHOD", help="see: python -m dcviz methods [METHOD]")
    train.add_argument(
        "dataset", metavar="DATASET", help="see: python -m dcviz datasets [DATASET]; or a file or folder"
    )
    train.add_argument("--preset", default="auto", help="auto, quick, standard, paper, ...")
    train.add_argument(
        "--published",
        metavar="NAME",
        help="settings printed for these data; see: python -m dcviz methods METHOD",
    )
    train.add_argument(
        "--data", action="append", default=[], metavar="NAME=VALUE", help="an option of the data"
    )
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--every", type=int, metavar="E", help="keep every E-th epoch")
    train.add_argument(
        "--dense-around-switch", type=int, metavar="E", help="keep all within E epochs of a switch"
    )
    train.add_argument(
        "--checkpoint-every", type=int, metavar="E", help="a checkpoint at least every E epochs"
    )
    train.add_argument(
        "--devices",
        type=int,
        default=1,
        metavar="N",
        help="GPUs of this machine that share a batch: cc, cces",
    )
    train.add_argument(
        "--probe-points", type=int, metavar="N",
        help="measure Feature Randomness and Drift at checkpoints on at most N points; 0: never",
    )  # fmt: skip
    branch.add_argument("parent", metavar="RUN", help=RUN)
    branch.add_argument("key", metavar="EPOCH", help="epoch or key of a checkpoint of that run")
    branch.add_argument("--start-phase", type=int, metavar="I", help="begin phase number I right there")
    branch.add_argument("--seed", type=int, help="default: that of the parent")
    for command in (train, branch):
        command.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting")
        command.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1")
        command.add_argument(
            "--run", metavar="DIR", help="the new run folder; default: a new one in DCVIZ_RUNS"
        )


def _measure_arguments(measure: Parser) -> None:
    measure.add_argument("latents", metavar="LATENTS.npy", help="numbers of shape (n, d)")
    measure.add_argument(
        "--labels", metavar="FILE", help=".npy, .txt with one label a line, or a table's column of labels"
    )
    measure.add_argument("--M", type=int, default=5, help="neighbors of the dual filter")
    measure.add_argument(
        "--lambda-ratio", "--lambda", type=float, default=0.6, help="core if D_1 / D_M exceeds it"
    )
    measure.add_argument(
        "--tau-distance", "--tau", type=float, default=0.6, help="reliable if D_j - D_1 is below it"
    )
    measure.add_argument(
        "--reading", default="paper", help="of the distances: paper, released code, relative"
    )
    measure.add_argument("--clusters", type=int, metavar="K", help="compare a k-means with the labels")
    measure.add_argument(
        "--full",
        action="store_true",
        help="add the slow scores: seed band, silhouette, scales, DBSCAN, HDBSCAN",
    )
    measure.add_argument(
        "--against", metavar="OTHER.npy", help="add twist and movement since these latents of the same points"
    )
    measure.add_argument("--exact", action="store_true", help="search neighbors exactly, at any cost")
    measure.add_argument("--drop-invalid", action="store_true", help="leave rows with NaN or infinity out")


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    module, _, function = COMMANDS[name][0].partition(":")
    found: Callable[[argparse.Namespace], int] = getattr(import_module(f"dcviz.cli.{module}"), function)
    return found


def _exit_code(error: Exception) -> int | None:
    """2 for a wrong question, 1 for what failed, None for a mistake of ours (it keeps its traceback)."""
    from dcviz.data.dataset import DataError
    from dcviz.runs.errors import RunError

    if isinstance(error, (RunError, DataError, OSError)):
        return 1
    return 2 if isinstance(error, ValueError) else None


if __name__ == "__main__":
    sys.exit(main())

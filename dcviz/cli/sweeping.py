"""The command that trains many: sweep."""

import argparse
import sys

from dcviz.cli.elsewhere import place_asked
from dcviz.cli.output import bytes_text, print_json, print_table, seconds_text
from dcviz.cli.training import pairs
from dcviz.engine.errors import RequestError
from dcviz.engine.sweeps.folder import Sweep, create, open_sweep, sweeps
from dcviz.engine.sweeps.origin import Origin, origin_of
from dcviz.engine.sweeps.plan import OBJECTIVES, SEARCHES, Plan, axis, checked
from dcviz.runs import default_store


def add_sweep_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `sweep`."""
    command.add_argument("method", nargs="?", metavar="METHOD", help="without: list the sweeps")
    command.add_argument("dataset", nargs="?", metavar="DATASET")
    command.add_argument(
        "--from", dest="origin", metavar="RUN[:KEY]",
        help="branch all from one checkpoint of a run, by default at its switch; they keep its data",
    )  # fmt: skip
    command.add_argument("--resume", metavar="SWEEP", help="go on with a sweep; a finished one is shown")
    command.add_argument(
        "--over", action="append", default=[], metavar="SETTING=VALUES", help="a,b,c or low..high[:log]"
    )
    command.add_argument(
        "--seeds", metavar="A,B,C", help="each combination with each of them; by default 0, or --from's own"
    )
    command.add_argument("--search", choices=SEARCHES, default="grid")
    command.add_argument("--trials", type=int, default=0, metavar="N", help="combinations of random and tpe")
    command.add_argument(
        "--objective", default="", metavar="NAME", help=f"{' or '.join(OBJECTIVES)}; labels never choose"
    )
    command.add_argument("--at-once", type=int, default=1, metavar="N", help="processes side by side")
    command.add_argument(
        "--together", type=int, default=0, metavar="N",
        help="trainings in one process, their batches computed as one on a GPU; 0 chooses: 25 there, else 1",
    )  # fmt: skip
    command.add_argument("--preset", default="auto")
    command.add_argument("--device", default="auto")
    for name, what in (("--set", "a setting of all"), ("--data", "an option of the data")):
        command.add_argument(name, action="append", default=[], metavar="NAME=VALUE", help=what)
    command.add_argument("--cost", action="store_true", help="tell the cost and start nothing")


def sweep(given: argparse.Namespace) -> int:
    """Train a method over settings and seeds."""
    store = default_store()
    if given.resume:
        return _drive(open_sweep(given.resume, store), given)
    if given.origin is None and (given.method is None or given.dataset is None):
        rows = [(each.id, each.plan.method, each.plan.dataset, each.plan.runs) for each in sweeps(store)]
        print_table(("sweep", "method", "data", "runs"), rows)
        return 0
    plan = _plan(given)
    _announce(plan, given)
    return 0 if given.cost else _drive(create(plan, store), given)


def _plan(given: argparse.Namespace) -> Plan:
    origin, method, dataset = _origin(given)
    own = 0 if origin is None else origin.parent.spec["seed"]
    try:
        seeds = tuple(dict.fromkeys(int(seed) for seed in (given.seeds or str(own)).split(",")))
    except ValueError:
        raise RequestError(f"--seeds takes whole numbers, 0,1,2; got {given.seeds!r}") from None
    return checked(
        Plan(
            method, dataset, tuple(axis(text, method) for text in given.over), seeds,
            given.search, given.trials, given.objective, given.at_once, pairs(given.set, "--set"),
            given.preset, given.device, pairs(given.data, "--data"), {},
            place_asked(given, pairs(given.option, "--option")), given.together, origin,
        )
    )  # fmt: skip


def _origin(given: argparse.Namespace) -> tuple[Origin | None, str, str]:
    """Where the trainings begin, and the method and data of all of them."""
    if given.origin is None:
        return None, given.method, given.dataset
    if given.method is not None or given.data or given.preset != "auto":
        raise RequestError(
            "--from takes method, data and preset from its run: leave METHOD, --data, --preset out"
        )
    name, _, key = given.origin.partition(":")
    parent = default_store().open(name)
    return origin_of(parent, key), parent.spec["method"], parent.spec["dataset"]


def _announce(plan: Plan, given: argparse.Namespace) -> None:
    from dcviz.engine.sweeps.results import total_cost

    cost = total_cost(plan, runs=default_store().list())
    out = sys.stderr if given.json else sys.stdout
    out.write(
        f"{cost.combinations} combinations x {len(plan.seeds)} seeds = {cost.runs} trainings, "
        f"{plan.at_once} at once: about {seconds_text(cost.seconds)} of training, "
        f"at least {seconds_text(cost.wall_seconds)} by the clock ({cost.basis}); "
        f"{bytes_text(cost.bytes)} on the disk\n"
        f"objective {plan.objective}: {OBJECTIVES[plan.objective]}; no label chooses\n"
    )
    out.flush()


def _drive(sweep: Sweep, given: argparse.Namespace) -> int:
    from dcviz.engine.sweeps.driver import Driver
    from dcviz.engine.sweeps.results import table

    out = sys.stderr if given.json else sys.stdout
    out.write(f"{sweep.id} in {sweep.path}\n")
    try:
        Driver(sweep, said=lambda text: print(text, file=out, flush=True)).drive()
    except KeyboardInterrupt:
        out.write(f"\nno more are started; go on: python -m dcviz sweep --resume {sweep.id}\n")
    found = table(sweep)
    if given.json:
        print_json({"sweep": sweep.id, "objective": sweep.plan.objective, "rows": found.to_dict("records")})
    else:
        shown = found.dropna(axis="columns", how="all")
        print_table(tuple(shown.columns), [tuple(row) for row in shown.itertuples(index=False)])
    return 1 if (found["state"] == "failed").any() else 0

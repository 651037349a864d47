"""What a sweep is asked to try: which settings over which values, how often, and how many at once."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dcviz.engine.branch import branch_wish
from dcviz.engine.errors import RequestError
from dcviz.engine.place import Place, place_from
from dcviz.engine.request import Request, wish
from dcviz.engine.sweeps.origin import Origin
from models.catalog import method_entry
from models.settings import SettingInfo, describe

SEARCHES = ("grid", "random", "tpe")
OBJECTIVES = {
    "stability": "mean adjusted Rand index between the partitions of the seeds, at the last epoch",
    "silhouette": "mean silhouette of the predicted clusters in the latents, at the last epoch",
}
MOST_RUNS = 10_000
AS_ONE = ("autoencoder", "dec", "idec", "rdc")
"""Methods whose trainings can compute their batches as one: `models.stacked`."""
MANY, MOST_TOGETHER = 25, 100


@dataclass(frozen=True)
class Axis:
    """One setting and what it may be: values to choose from, or a range."""

    name: str
    values: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Plan:
    """Everything that decides a sweep.

    Attributes:
        method: id of METHODS.
        dataset: id or path.
        axes: settings that are varied.
        seeds: each combination is trained with each of them.
        search: "grid" (every combination), "random", or "tpe" (goes where the objective was high).
        trials: combinations drawn; a grid has its own number.
        objective: of OBJECTIVES; neither reads a label, for labels never choose.
        at_once: processes side by side.
        together: trainings in one process, at most; 0 chooses (see `group_size`).
        settings: what differs from the preset, the same in all.
        preset: of the method.
        device: as in `wish`.
        dataset_options: arguments of the reader.
        schedule: fields of Schedule.
        place: the engine.
        origin: the checkpoint that all branch from, of a run of this method and data; None trains each from
            the start.
    """

    method: str
    dataset: str
    axes: tuple[Axis, ...]
    seeds: tuple[int, ...] = (0,)
    search: str = "grid"
    trials: int = 0
    objective: str = ""
    at_once: int = 1
    settings: dict[str, Any] = field(default_factory=dict)
    preset: str = "auto"
    device: str = "auto"
    dataset_options: dict[str, Any] = field(default_factory=dict)
    schedule: dict[str, int] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    together: int = 0
    origin: Origin | None = None

    @property
    def combinations(self) -> int:
        """How many combinations will be trained."""
        if self.search == "grid":
            return math.prod(len(axis.values) for axis in self.axes)
        return self.trials

    @property
    def runs(self) -> int:
        """How many trainings that makes."""
        return self.combinations * len(self.seeds)

    def request(self, values: Mapping[str, Any], seed: int) -> Request:
        """The complete wish of one training."""
        if self.origin is not None:
            return branch_wish(
                self.origin.parent, self.origin.key, settings={**self.settings, **values}, seed=seed,
                start_phase=self.origin.start_phase, device=self.device, schedule=self.schedule,
                elsewhere=not self.place.here,
            )  # fmt: skip
        return wish(
            self.method, self.dataset, settings={**self.settings, **values}, preset=self.preset, seed=seed,
            device=self.device, dataset_options=self.dataset_options, schedule=self.schedule,
            elsewhere=not self.place.here,
        )  # fmt: skip


def group_size(plan: Plan, device: str) -> int:
    """How many trainings of a sweep share a process.

    What the plan says; by default 25 where they would fill a GPU of this machine by computing their batches
    as one, else 1: on a processor they would only take turns.

    Args:
        plan: checked.
        device: of the trainings, "auto" resolved.
    """
    if plan.together:
        return plan.together
    alone = not plan.place.here or plan.place.share < 1 or not device.startswith("cuda")
    return 1 if alone or plan.method not in AS_ONE else MANY


def axis(text: str, method: str) -> Axis:
    """Read "gamma=0.1,0.5" (values), "gamma=0.1..1" (a range) or "learning_rate=1e-4..1e-2:log".

    Raises:
        RequestError: naming what is wrong and what can be.
    """
    name, equals, what = text.partition("=")
    known = {info.name: info for info in describe(method_entry(method).settings)}
    if not equals or name not in known:
        names = ", ".join(known)
        raise RequestError(f"a sweep goes over SETTING=VALUES of {method}, one of {names}; got {text!r}")
    info = known[name]
    try:
        if ".." not in what:
            values = tuple(_value(info, each.strip()) for each in what.split(",") if each.strip())
            if not values:
                raise ValueError("no values")
            return Axis(name, values=values)
        ends, _, kind = what.partition(":")
        low, _, high = ends.partition("..")
        made = Axis(name, low=float(low), high=float(high), log=kind == "log", whole=info.type is int)
    except ValueError as error:
        raise RequestError(
            f"{name} takes a,b,c or low..high or low..high:log, got {what!r} ({error})"
        ) from None
    if not made.low < made.high or (made.log and made.low <= 0):
        raise RequestError(f"{name} needs low < high, above 0 for :log, got {what!r}")
    return made


def checked(plan: Plan) -> Plan:
    """Complete and check a plan; its first training is checked like any other.

    Raises:
        RequestError: naming the value and the way out.
    """
    if not plan.axes and len(plan.seeds) < 2:
        raise RequestError("a sweep needs a setting to vary (SETTING=a,b,c) or several seeds")
    if plan.search not in SEARCHES:
        raise RequestError(f"search must be one of {', '.join(SEARCHES)}, got {plan.search!r}")
    ranges = [axis.name for axis in plan.axes if not axis.values]
    if plan.search == "grid" and ranges:
        raise RequestError(f"a grid needs values, not a range, for {', '.join(ranges)}; or search random")
    if plan.search != "grid" and plan.trials < 1:
        raise RequestError(f"search {plan.search} needs a number of trials, got {plan.trials}")
    objective = plan.objective or ("stability" if len(plan.seeds) > 1 else "silhouette")
    if objective not in OBJECTIVES:
        raise RequestError(
            f"labels never choose: the objective must be one of {', '.join(OBJECTIVES)}, got {objective!r}; "
            "scores against labels stand beside it in the table"
        )
    if objective == "stability" and len(plan.seeds) < 2:
        raise RequestError("stability compares seeds: give two or more")
    if plan.at_once < 1 or not 1 <= plan.runs <= MOST_RUNS:
        raise RequestError(
            f"1 to {MOST_RUNS:,} trainings, one or more at once; got {plan.runs:,}, {plan.at_once}"
        )
    if not 0 <= plan.together <= MOST_TOGETHER:
        raise RequestError(f"0 to {MOST_TOGETHER} trainings together in one process, got {plan.together}")
    if plan.together > 1 and not plan.place.here:
        raise RequestError(f"trainings share a process on this machine only, not on {plan.place.engine}")
    made = Plan(**{**vars(plan), "objective": objective})
    for corner in (0, -1):
        made.request(
            {a.name: a.values[corner] if a.values else (a.low, a.high)[corner] for a in made.axes}, 0
        )
    return made


def plan_from(note: Mapping[str, Any]) -> Plan:
    """A plan from its JSON."""
    axes = tuple(Axis(**{**each, "values": tuple(each["values"])}) for each in note["axes"])
    origin = Origin(**note["origin"]) if note.get("origin") else None
    typed = {
        "axes": axes,
        "seeds": tuple(note["seeds"]),
        "place": place_from(note["place"]),
        "origin": origin,
    }
    return Plan(**{**note, **typed})


def note_of(plan: Plan) -> dict[str, Any]:
    """A plan as JSON."""
    return asdict(plan)


def _value(info: SettingInfo, text: str) -> Any:
    if info.type is bool:
        return text.lower() in ("1", "true", "yes", "on")
    return info.type(text) if info.type in (int, float) else text

"""Which settings come next: Optuna's samplers and journal, asked and told. Optuna is loaded when used."""

from typing import Any

from dcviz.engine.errors import RequestError
from dcviz.engine.sweeps.folder import Sweep
from dcviz.engine.sweeps.plan import Axis, Plan

SEED = 0


def study_of(sweep: Sweep) -> Any:
    """The study of a sweep, from its journal: what was asked and told before a restart is known."""
    try:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend
    except ImportError:
        raise RequestError("sweeps need the package optuna: pip install optuna") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        study_name=sweep.id, direction="maximize", load_if_exists=True, sampler=_sampler(sweep.plan, optuna),
        storage=JournalStorage(JournalFileBackend(str(sweep.path / "journal.log"))),
    )  # fmt: skip


def _sampler(plan: Plan, optuna: Any) -> Any:
    if plan.search == "grid" and plan.axes:
        return optuna.samplers.GridSampler({axis.name: list(axis.values) for axis in plan.axes}, seed=SEED)
    if plan.search == "tpe":
        return optuna.samplers.TPESampler(seed=SEED)
    return optuna.samplers.RandomSampler(seed=SEED)


def ask(study: Any, plan: Plan) -> Any:
    """The next combination; it counts as running until it is told."""
    trial = study.ask()
    for axis in plan.axes:
        _draw(trial, axis)
    return trial


def tell(study: Any, number: int, value: float | None) -> None:
    """Say how good a combination was; None if it failed."""
    import optuna

    states = optuna.trial.TrialState
    try:
        study.tell(number, value, state=states.FAIL if value is None else states.COMPLETE)
    except RuntimeError as error:
        # After its last combination a grid stops Optuna's own loop, and here is none; all is noted by then.
        if "Study.stop" not in str(error):
            raise


def _draw(trial: Any, axis: Axis) -> None:
    if axis.values:
        trial.suggest_categorical(axis.name, list(axis.values))
    elif axis.whole:
        trial.suggest_int(axis.name, int(axis.low), int(axis.high), log=axis.log)
    else:
        trial.suggest_float(axis.name, axis.low, axis.high, log=axis.log)


def drawn(study: Any, plan: Plan) -> dict[int, dict[str, Any]]:
    """Every combination so far by its number; one that was cut off while it was drawn is left out."""
    names = {axis.name for axis in plan.axes}
    return {trial.number: dict(trial.params) for trial in study.trials if set(trial.params) == names}

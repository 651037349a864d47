"""One run on several devices: torchrun starts the ranks, rank 0 writes the run folder, the others follow.

Only rank 0 looks at control/ and holds the lock; before each batch it tells the others what it was told, so
pause, step and stop reach all at the same batch. A rank that dies ends the sitting; Resume goes on.
`python -m torch.distributed.run --standalone --nproc-per-node 2 -m dcviz.engine.several RUN` is what runs.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn

from dcviz.data.loading import load
from dcviz.runs import Run, default_store

VERBS = ("go", "snapshot", "stop")
PATIENCE = timedelta(days=30)
"""How long the others wait for rank 0: for a GPU in use, or a training that is paused."""
_group: Any = None
_begun = False


def hand_over(run: Run, resume: str | bool) -> None:
    """Become torchrun where the run asks for several devices and this process is not one of its ranks."""
    if device_count(run.spec) > 1 and "TORCHELASTIC_RUN_ID" not in os.environ:
        os.execv(sys.executable, command(run, resume))


def command(run: Run, resume: str | bool) -> list[str]:
    """What starts all ranks of a run on this machine."""
    again = ["--resume", *([resume] if isinstance(resume, str) else [])] if resume else []
    return [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node",
        str(device_count(run.spec)), "-m", "dcviz.engine.several", str(run.path), *again,
    ]  # fmt: skip


def device_count(spec: dict[str, Any]) -> int:
    """How many devices a run trains on together; 1 for all but the few that ask for more."""
    return int(spec.get("devices") or 1)


def devices_of(spec: dict[str, Any], device: str) -> Sequence[str]:
    """Every device the run needs: the first GPUs of the machine, or the one it was given."""
    count = device_count(spec)
    return [f"cuda:{number}" for number in range(count)] if count > 1 and "cuda" in device else [device]


class Leader:
    """Asks the run's control and passes the answer on to the other ranks."""

    def __init__(self, control: Any):
        self.control = control

    def between_batches(self, epoch: int, batch: int, batches: int, iteration: int) -> str:
        """As `models.loop.Control`; blocks while paused, and the others with it."""
        return _told(self.control.between_batches(epoch, batch, batches, iteration))


class Follower:
    """Does what rank 0 does."""

    def between_batches(self, epoch: int, batch: int, batches: int, iteration: int) -> str:
        """As `models.loop.Control`."""
        return _told("go")


def leading(control: Any, start: str | None) -> Any:
    """The control of rank 0: tells the others from which checkpoint all start. Alone: the control itself."""
    global _begun
    if _group is None:
        return control
    _begun = True
    _announce({"start": start})
    return Leader(control)


def _told(verb: str) -> str:
    import torch
    import torch.distributed as dist

    answer = torch.tensor(VERBS.index(verb))
    dist.broadcast(answer, src=0, group=_group)
    return VERBS[int(answer)]


def _announce(message: dict[str, Any] | None) -> dict[str, Any]:
    import torch.distributed as dist

    box = [message]
    dist.broadcast_object_list(box, src=0, group=_group)
    return dict(box[0] or {})


def join(device: str) -> int:
    """Meet the other ranks; returns the number of this one."""
    global _group
    import torch
    import torch.distributed as dist

    rank = int(os.environ["RANK"])
    on_gpu = device.startswith("cuda")
    if on_gpu:
        torch.cuda.set_device(rank)
    dist.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo")
    # Of its own: NCCL gives up on who waits ten minutes, and a training may be paused for a night.
    _group = dist.new_group(backend="gloo", timeout=PATIENCE)
    return rank


def follow(run: Run, rank: int) -> None:
    """Train beside rank 0 and keep nothing."""
    from models.catalog import method_entry
    from models.schedule import Schedule
    from models.settings import make
    from models.snapshot import Checkpoint
    from models.training import fit

    said = _announce(None)
    if "start" not in said:
        return  # rank 0 ended before it began
    spec, start = run.spec, said["start"]
    data = load(spec["dataset"], **(spec.get("dataset_options") or {}))
    parent = spec.get("parent") or {}
    snapshots = fit(
        spec["method"], data.x, scale=data.scale, image_shape=data.image_shape,
        settings=make(method_entry(spec["method"]).settings, spec["settings"]),
        seed=int(spec.get("seed") or 0), device=f"cuda:{rank}" if "cuda" in str(spec["device"]) else "cpu",
        checkpoint=None if start is None else Checkpoint(*run.checkpoint(start)),
        start_phase=spec.get("start_phase") if start == parent.get("key") else None,
        control=Follower(), schedule=Schedule(**(spec.get("schedule") or {})),
    )  # fmt: skip
    for _ in snapshots:
        pass


def main(arguments: list[str] | None = None) -> NoReturn:
    """One rank: the worker itself on rank 0, a follower elsewhere."""
    given = sys.argv[1:] if arguments is None else arguments
    run = default_store().open(given[0])
    rank = join(str(run.spec.get("device") or "cpu"))
    if rank:
        follow(run, rank)
        _leave()
        sys.exit(0)
    from dcviz.engine import worker

    code = worker.main(given)
    if not _begun:
        with suppress(RuntimeError):  # nobody listens any more
            _announce({})
    if code == 0:
        _leave()
    sys.exit(code)


def _leave() -> None:
    """Go together: who leaves first would break the others' connection."""
    import torch.distributed as dist

    dist.barrier(group=_group)
    dist.destroy_process_group()


if __name__ == "__main__":
    # As a module of its name: the session asks that one which group this process has joined.
    from dcviz.engine import several

    several.main()

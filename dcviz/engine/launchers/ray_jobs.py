"""Workers as jobs of a Ray cluster: the ordinary worker command as a job's entrypoint.

Ray is loaded when used. It runs a job once; starting it
again after its node died is the keeper's work.
"""

import secrets
import shlex
import sys
import time
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from dcviz.engine.errors import RequestError
from dcviz.engine.keeper import ensure_keeper, recall
from dcviz.engine.launchers.starting import (
    ROOT,
    announced,
    check_startable,
    cluster_environment,
    handle_of,
    keep_handle,
    tail,
    worker_command,
)
from dcviz.engine.mirror import bring_home, send_out
from dcviz.engine.place import Place, place_of
from dcviz.engine.several import device_count
from dcviz.runs import Run
from dcviz.runs.errors import RunBusyError, RunError
from dcviz.runs.files import write_bytes

ANSWER_SECONDS = 10
SIGNALED = 128  # a shell's way to say that a signal ended its command
# What a node without our disk needs of this folder; the rest stays here.
LEFT_OUT = [".?*", "/runs", "/gallery", "/docs", "/tests", "/examples", "/benchmarks", "__pycache__"]
STATES = {"PENDING": "waiting", "RUNNING": "alive", "SUCCEEDED": "gone", "STOPPED": "gone"}


class RayLauncher:
    """Submits through the Jobs API of the cluster's dashboard; needs `ray[default]` and its address."""

    title = "a Ray cluster"

    def missing(self, place: Place) -> str | None:
        """The package ray, or the address."""
        if find_spec("ray") is None:
            return "The engine ray needs the package ray: pip install -r requirements-engines.txt"
        if not place.address.startswith(("http://", "https://")):
            return f"The engine ray needs the address of a dashboard, http://head:8265, got {place.address!r}"
        return None

    def command(self, run: Run, *, resume: str | bool = False) -> list[str]:
        """The job's entrypoint. It always resumes: what is not begun yet then begins at the start."""
        place = place_of(run)
        if not place.folder:
            python = place.options.get("python", sys.executable)
            return worker_command(run, resume=resume or True, python=python)
        key = [resume] if isinstance(resume, str) else []
        python = place.options.get("python", "python")
        return [python, "-m", "dcviz.engine.courier", _url(run, place), "--resume", *key]

    def submit(self, run: Run, *, resume: str | bool = False) -> dict[str, Any]:
        """Hand the worker to the cluster; the run is queued until it has a place.

        Raises:
            RequestError: if ray or the address is missing.
            RunBusyError: if the run is being trained, or waits in the cluster already.
            RunError: if the cluster does not answer.
        """
        place, old = place_of(run), handle_of(run)
        if lack := self.missing(place):
            raise RequestError(lack)
        check_startable(run)
        known = old.get("engine") == "ray" and not old.get("recalled")
        if known and self.status(old) in ("waiting", "alive"):
            raise RunBusyError(f"run {run.id} is with the cluster already, as Ray job {old['job']}")
        number = int(old.get("number", 0)) + 1
        # Stores of two people may hold runs of one name.
        job = f"dcviz-{run.id}-{number}-{secrets.token_hex(3)}"
        handle = {"engine": "ray", "address": place.address, "job": job, "number": number,
                  "sent": time.time()}  # fmt: skip
        with announced(run, f"waiting for a place on {place.address}", waiting_for=f"Ray job {job}"):
            if place.folder:
                send_out(run, _url(run, place))
            # Noted before it is sent: a crash in between leaves a job that is found missing, and sent again.
            keep_handle(run, handle)
            self._send(run, place, job, resume)
        ensure_keeper(run.path.parent)
        return handle

    def _send(self, run: Run, place: Place, job: str, resume: str | bool) -> None:
        environment: dict[str, Any] = {"env_vars": cluster_environment(place)}
        if place.folder:
            environment["env_vars"].pop("PYTHONPATH")
            environment |= {"working_dir": str(ROOT), "excludes": LEFT_OUT}
        with _answering(place.address):
            _client(place.address).submit_job(
                entrypoint=shlex.join(self.command(run, resume=resume)),
                submission_id=job,
                runtime_env=environment,
                metadata={"run": run.id},
                entrypoint_num_cpus=place.cpus,
                entrypoint_num_gpus=place.gpus_for(str(run.spec.get("device")), device_count(run.spec))
                or None,
            )

    def status(self, handle: Mapping[str, Any]) -> str:
        """What the cluster says of a job; one that it has never heard of went down with an older cluster."""
        if not handle.get("job"):
            return "unknown"
        try:
            info = _client(str(handle["address"])).get_job_info(handle["job"])
        except RuntimeError as error:
            return "lost" if "does not exist" in str(error) or "404" in str(error) else "unknown"
        except Exception:
            return "unknown"
        # Without an exit code its node died, or no node ever came; by a signal it was ended from outside.
        code = info.driver_exit_code
        ended = "lost" if code is None or code < 0 or code > SIGNALED else "gone"
        return STATES.get(str(info.status.value), ended)

    def stop(self, run: Run, *, force: bool = False) -> None:
        """Stop at the next batch; a job that waits, or with force any, is taken from the cluster."""
        waiting = bool(run.status().get("waiting_for"))
        if not (force or waiting):
            run.control("stop")
            return
        run.must_be_writable()
        handle = handle_of(run)
        if not handle.get("job"):
            raise RunError(f"run {run.id} is with no cluster; there is nothing to stop")
        with _answering(handle["address"]):
            _client(handle["address"]).stop_job(handle["job"])
        if waiting:
            # Ray keeps a job without a place "pending" and ends it the moment it gets one.
            keep_handle(run, {**handle, "recalled": True})
            recall(run, "taken from the cluster's queue; resume submits it again")

    def logs(self, run: Run, *, lines: int = 40) -> str:
        """The end of the worker's log, and of what the job printed as far as it was fetched."""
        printed = tail(run.path / "cluster.log", lines)
        return "\n".join(filter(None, [tail(run.path / "log.txt", lines), printed]))

    def fetch(self, run: Run) -> None:
        """The job's output into cluster.log; without a shared disk, the run folder too.

        Raises:
            OSError, RunError: if there is no connection.
        """
        place, handle = place_of(run), handle_of(run)
        if place.folder:
            bring_home(run, _url(run, place))
        if handle.get("job"):
            with _answering(place.address):
                text = _client(place.address).get_job_logs(handle["job"])
            write_bytes(run.path / "cluster.log", text.encode(), sync=False)


def _url(run: Run, place: Place) -> str:
    return f"{place.folder.rstrip('/')}/{run.id}"


def _client(address: str) -> Any:
    """Ray's own client, but one that does not wait forever for a network that is gone."""
    from ray.job_submission import JobSubmissionClient

    class Client(JobSubmissionClient):
        def _do_request(self, *given: Any, **named: Any) -> Any:
            return super()._do_request(*given, timeout=ANSWER_SECONDS, **named)

    return Client(address)


class _answering:  # noqa: N801 (read as a word: with _answering(address))
    """Turn what Ray's client raises into one sentence."""

    def __init__(self, address: str):
        self.address = address

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, RunError):
            said = (str(error).splitlines() or [type(error).__name__])[0]
            raise RunError(
                f"Ray at {self.address}: {said} Is the cluster up, and the address its dashboard?"
            ) from error

"""The latent viewer on a page, in step with the address bar."""

from __future__ import annotations

from typing import Any

from dcviz.runs import Run
from dcviz.ui import address, pick
from dcviz.viewer import ViewState, latent_view


def latents(run: Run, *, key: str, follow: bool = True, **options: Any) -> ViewState:
    """Show the latents of a run; start from the address and write back where the user went.

    Args:
        run: has at least one stored epoch.
        key: of the widget, the same on every run of the script.
        follow: write epoch and thresholds into the address when they are released.
        **options: passed to the viewer (height, color, linked, beside, controls, autoplay, pause_at).

    Returns:
        Where the cursor and the thresholds stand, and which points are selected.
    """
    start = address.epoch()
    if start is not None:
        options.setdefault("epoch", start)
    view = latent_view(run, key=key, thresholds=pick.thresholds(run), **options)
    if follow:
        address.write(
            epoch=float(view.epoch),
            M=view.thresholds.M,
            lambda_ratio=float(view.thresholds.lambda_ratio),
            tau_distance=float(view.thresholds.tau_distance),
        )
    return view

"""The only door to torchvision: repairs the import where its compiled operators cannot be loaded.

torchvision wheels built for CUDA do not load their operators beside a CPU build of torch, and the import
then fails on `torchvision::nms`, which reading data never calls. Declaring the two operators is enough.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_declared: list[Any] = []  # torch forgets a declaration when its Library object is collected


def import_torchvision() -> ModuleType:
    """Import torchvision, with its data sets, on CUDA and CPU builds of torch alike.

    On an installation that works this is a plain import. Call it before anything else imports torchvision.

    Returns:
        The module torchvision.

    Raises:
        ImportError: if torchvision is not installed.
        RuntimeError: if its import fails for any other reason than the missing operators.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
    import torch

    if not _declared:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for operator in ("nms", "qnms"):
            library.define(operator + _SIGNATURE)
        _declared.append(library)
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]  # the half-imported modules of the failed attempt
    return importlib.import_module("torchvision")

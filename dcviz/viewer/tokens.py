"""Names of projections, as they stand in an address: `pca-0-1`, `aligned`, `umap`, `input`."""

import re
from dataclasses import dataclass

KINDS = ("pca", "aligned", "umap", "input")
_PCA = re.compile(r"pca-(\d{1,2})-(\d{1,2})")


@dataclass(frozen=True)
class Token:
    """One way of laying latents on the plane.

    Args:
        kind: one of KINDS.
        axes: the two principal axes drawn, from 0; only for "pca".
    """

    kind: str = "pca"
    axes: tuple[int, int] = (0, 1)

    def __str__(self) -> str:
        return f"pca-{self.axes[0]}-{self.axes[1]}" if self.kind == "pca" else self.kind


def parse_token(text: str) -> Token:
    """Read a projection's name.

    Raises:
        ValueError: if there is no such projection.
    """
    match = _PCA.fullmatch(text)
    if match and match[1] != match[2]:
        return Token("pca", (int(match[1]), int(match[2])))
    if text in KINDS and text != "pca":
        return Token(text)
    raise ValueError(
        f"projection must be pca-A-B with two different axes, aligned, umap or input, got {text[:40]!r}."
    )

"""The handwritten digits that come with scikit-learn: real pictures without a download."""

from __future__ import annotations

import numpy as np

from dcviz.data.dataset import Dataset


def digits() -> Dataset:
    """Read scikit-learn's 1,797 digits of 8x8 pixels with 17 gray levels.

    Returns:
        Dataset of shape (1797, 64), uint8 0..16 with scale 1/16.

    Source: UCI Optical Recognition of Handwritten Digits, the part packaged in scikit-learn.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Dataset(
        name="digits",
        x=np.ascontiguousarray(bunch.data.astype(np.uint8)),
        scale=1 / 16,
        labels=bunch.target.astype(np.int64),
        image_shape=(1, 8, 8),
        class_names=tuple(str(k) for k in range(10)),
        clusters=10,
        note="Optical Recognition of Handwritten Digits, Alpaydin and Kaynak 1998, UCI, CC BY 4.0",
    )

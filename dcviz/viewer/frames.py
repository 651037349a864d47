"""The viewer's bytes: how arrays travel to the browser, and how coordinates and thresholds become codes.

One container serves positions, neighborhoods, tables and channels:

    "DCVF" · u8 version · u8 kind · u16 zero · u32 header length · header (JSON, UTF-8, space-padded) · arrays

All numbers are little-endian; the header ends at a multiple of 8 bytes and every array begins at one. The
header is `{"meta": {...}, "arrays": [{"name", "type", "shape", "offset"}]}`, offsets counted from the end of
the header, so JavaScript lays typed arrays over the received buffer without copying. Unknown meta keys and
arrays are to be ignored by readers; a change that old readers cannot ignore raises the version.
"""

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

MAGIC = b"DCVF"
VERSION = 1
KINDS = ("frame", "hood", "table", "tour", "channel")
_TYPES = {"u1": "u8", "u2": "u16", "u4": "u32", "f4": "f32"}
_DTYPES = {name: np.dtype("<" + code) for code, name in _TYPES.items()}
_PREFIX = struct.Struct("<4sBBHI")
STEPS = 65535
"""Largest code of a quantized coordinate."""
NO_CLUSTER = 255
"""Code of a point without a cluster or label; so 255 clusters at most have codes of their own."""


def pack(kind: str, meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Put named arrays and a note about them into one self-describing byte string.

    Args:
        kind: one of KINDS.
        meta: JSON values; NaN is not JSON and is refused.
        arrays: uint8, uint16, uint32 or float32, any shape, written in C order.

    Returns:
        The container described at the top of this file.

    Raises:
        ValueError: for an unknown kind, another array type, or NaN in the meta.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}.")
    listed, bodies, offset = [], [], 0
    for name, array in arrays.items():
        code = array.dtype.str[1:]
        if code not in _TYPES:
            raise ValueError(f"{name}: arrays must be {', '.join(_DTYPES)}, got {array.dtype}.")
        listed.append({"name": name, "type": _TYPES[code], "shape": list(array.shape), "offset": offset})
        body = np.ascontiguousarray(array, _DTYPES[_TYPES[code]]).tobytes()
        bodies += [body, b"\0" * (-len(body) % 8)]
        offset += len(body) + len(bodies[-1])
    header = json.dumps({"meta": dict(meta), "arrays": listed}, allow_nan=False).encode()
    header += b" " * (-(len(header) + _PREFIX.size) % 8)
    prefix = _PREFIX.pack(MAGIC, VERSION, KINDS.index(kind), 0, len(header))
    return b"".join([prefix, header, *bodies])


def unpack(data: bytes) -> tuple[str, dict[str, Any], dict[str, np.ndarray]]:
    """Read back what `pack` wrote: kind, meta, arrays.

    Raises:
        ValueError: if the bytes are no container of this version, or are cut short.
    """
    if len(data) < _PREFIX.size or data[:4] != MAGIC:
        raise ValueError("These bytes are no viewer frame: they do not begin with DCVF.")
    _, version, kind, _, length = _PREFIX.unpack_from(data)
    if version != VERSION or kind >= len(KINDS):
        raise ValueError(f"Frame version {version}, kind {kind}: this reader knows version {VERSION}.")
    start = _PREFIX.size + length
    header = json.loads(data[_PREFIX.size : start])
    arrays = {}
    for entry in header["arrays"]:
        dtype, shape = _DTYPES[entry["type"]], tuple(entry["shape"])
        count = int(np.prod(shape, dtype=np.int64))
        if start + entry["offset"] + count * dtype.itemsize > len(data):
            raise ValueError(f"The frame is cut short inside {entry['name']}.")
        arrays[entry["name"]] = np.frombuffer(data, dtype, count, start + entry["offset"]).reshape(shape)
    return KINDS[kind], header["meta"], arrays


def quantize(points: np.ndarray, *, center: np.ndarray, half: float) -> np.ndarray:
    """Write coordinates as 16-bit steps inside a box with one scale for all axes.

        code = round(65535 (x - center + half) / (2 half)), held inside 0..65535

    One scale for all axes keeps angles and shapes. The error is at most half / 65535 inside the box.

    Args:
        points: (n, k) coordinates; unit of the latents.
        center: (k,) middle of the box.
        half: half its width, above 0.

    Returns:
        (n, k) uint16.
    """
    codes = (np.asarray(points, np.float64) - center + half) * (STEPS / (2 * half))
    return np.clip(np.rint(codes), 0, STEPS).astype(np.uint16)


def dequantize(codes: np.ndarray, *, center: np.ndarray, half: float) -> np.ndarray:
    """Turn 16-bit steps back into coordinates, (n, k) float64; see quantize."""
    return codes * (2 * half / STEPS) - half + center


def rank_codes(values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Count for each value how many levels lie at or below it, as one byte.

    This is the quantization of the thresholds. For a threshold on level k

        value < levels[k]  <=>  code <= k          value > levels[k]  <=>  code > k, unless value = levels[k]

    holds exactly, not within a bin, however unevenly the levels are laid.

    Args:
        values: any shape.
        levels: (at most 255,) ascending.

    Returns:
        Shape of values, uint8.
    """
    levels = np.asarray(levels)
    if levels.size > 255:
        raise ValueError(f"At most 255 levels fit one byte, got {levels.size}.")
    return np.searchsorted(levels, values, side="right").astype(np.uint8)


def rank_codes_above(values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Count for each value how many levels lie strictly below it: value > levels[k] <=> code > k, exactly."""
    return np.searchsorted(np.asarray(levels), values, side="left").astype(np.uint8)


def byte_codes(values: np.ndarray, *, low: float, high: float) -> np.ndarray:
    """Write a score a point as one byte: 0..254 from low to high, 255 where there is none (NaN)."""
    values = np.asarray(values, np.float64)
    scaled = np.clip((values - low) / ((high - low) or 1.0), 0, 1) * 254
    return np.where(np.isfinite(values), np.rint(np.nan_to_num(scaled)), 255).astype(np.uint8)


def cluster_codes(assignments: np.ndarray) -> np.ndarray:
    """Write clusters or labels as one byte; negative (noise) and those past 254 become NO_CLUSTER."""
    assignments = np.asarray(assignments)
    known = (assignments >= 0) & (assignments < NO_CLUSTER)
    return np.where(known, assignments, NO_CLUSTER).astype(np.uint8)


def same_bits(same: np.ndarray) -> np.ndarray:
    """Pack (n, M) same-label flags into one uint32 a point, neighbor j in bit j; M at most 32."""
    weights = np.uint32(1) << np.arange(same.shape[1], dtype=np.uint32)
    return (same.astype(np.uint32) * weights).sum(axis=1, dtype=np.uint32)

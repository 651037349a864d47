"""Data: catalog, loaders, readers of the user's own files, checks. Importing this imports no torch."""

from dcviz.data.catalog import DATASETS, DatasetEntry
from dcviz.data.checks import check_request, usable_neighbors
from dcviz.data.dataset import DataError, Dataset
from dcviz.data.loading import checked_options, load
from dcviz.data.options import Option
from dcviz.data.paths import cache_root, data_root

__all__ = [
    "DATASETS",
    "DataError",
    "Dataset",
    "DatasetEntry",
    "Option",
    "cache_root",
    "check_request",
    "checked_options",
    "data_root",
    "load",
    "usable_neighbors",
]

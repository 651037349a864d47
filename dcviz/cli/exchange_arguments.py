"""Arguments of the commands that exchange with other programs: inspect, reembed, compare, import, export."""

import argparse
from collections.abc import Mapping

WHAT = ("run", "scores", "points", "latents", "projector", "report", "mlflow")


def add_exchange_arguments(made: Mapping[str, argparse.ArgumentParser]) -> None:
    """Add them to the parsers of their commands.

    Args:
        made: parser of each command, by name.
    """
    _inspect(made["inspect"])
    _reembed(made["reembed"])
    _import(made["import"])
    _export(made["export"])
    _compare(made["compare"])
    for name in ("inspect", "reembed", "import", "export", "compare"):
        made[name].add_argument("--json", action="store_true", help="print one JSON document")


def _inspect(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help=".safetensors, .pt, .pth, .ckpt, .bin, .npz or .onnx")
    command.add_argument("--against", metavar="FILE", help="another checkpoint to compare with")
    _guarded(command)


def _reembed(command: argparse.ArgumentParser) -> None:
    command.add_argument("weights", metavar="FILE|RUN", help="a checkpoint of any origin, or a run of ours")
    command.add_argument(
        "dataset", metavar="DATASET", help="see: python -m dcviz datasets; or a file or folder"
    )
    command.add_argument(
        "--data", action="append", default=[], metavar="NAME=VALUE", help="option of the data"
    )
    command.add_argument("--layers", metavar="A,B,C", help="weight tensors of the encoder, in order")
    command.add_argument(
        "--activation", default="relu", help="between layers of a foreign encoder: relu, tanh, ..."
    )
    command.add_argument("--method", default="autoencoder", help="whose settings a later branch begins with")
    command.add_argument(
        "--epoch", action="append", metavar="KEY", help="checkpoint of the run; default: all"
    )
    command.add_argument("--clusters", type=int, metavar="K", help="for the scores; default: as the data say")
    command.add_argument("--name", default="", help="of the new run")
    _guarded(command)


def _import(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", metavar="FILE|FOLDER",
        help="an exported run (.zip), or latents: .npy, .npz, .csv, .tsv, .parquet, a folder with one .npy "
        "an epoch, a projector_config.pbtxt",
    )  # fmt: skip
    command.add_argument("--labels", metavar="FILE|COLUMN", help="true classes, one a point; none: without")
    command.add_argument(
        "--clusters", type=int, metavar="K", help="for k-means where the file has no clusters"
    )
    command.add_argument("--name", default="", help="of the new run")
    command.add_argument("--limit-gb", type=float, default=1.0, metavar="G", help="largest file read")


def _export(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file",
        metavar="FILE",
        help=".zip, .html, .csv, .parquet, .npy, .npz, a folder, or an MLflow store (http://...)",
    )
    command.add_argument("--what", choices=WHAT, help="default: by the ending (.csv: scores, .npz: latents)")
    command.add_argument(
        "--epoch", action="append", metavar="KEY", help="of points and latents; default: all"
    )


def _compare(command: argparse.ArgumentParser) -> None:
    command.add_argument("other", metavar="OTHER", help="another run on the same data, or the same one")
    command.add_argument("--epoch", metavar="KEY", help="of the first; default: its last")
    command.add_argument(
        "--other-epoch", metavar="KEY", help="of the other; default: the same in another run, else its last"
    )


def _guarded(command: argparse.ArgumentParser) -> None:
    command.add_argument("--part", default="", metavar="NAME", help="which of several networks in the file")
    command.add_argument("--limit-gb", type=float, default=1.0, metavar="G", help="largest file read")

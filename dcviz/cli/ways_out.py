"""Ways out as they are typed: messages name settings as forms do, a terminal wants its own flags."""

import re

_OF_DATA = ("labels", "image_shape", "resize", "mode")
_DATA = dict.fromkeys(_OF_DATA, "--data {}=")
TYPED = {
    "train": _DATA | {"clusters": "--set {}="},
    "sweep": _DATA | {"clusters": "--set {}="},
    "reembed": _DATA | {"clusters": "--{} "},
    "import": dict.fromkeys(("labels", "clusters"), "--{} "),
}
_NAME = re.compile(r"(?<![\w'\"-])(?<!--data )(?<!--set )(labels|image_shape|resize|mode|clusters)=(?=\w)")


def as_typed(message: str, command: str) -> str:
    """Turn "labels=none" within an error into what this command takes: --data labels=none, --labels none.

    Args:
        message: of the error, one line.
        command: train, sweep, import, ...; a command without such flags leaves the message as it is.
    """
    flags = TYPED.get(command, {})
    return _NAME.sub(lambda found: flags.get(found[1], "{}=").format(found[1]), message)

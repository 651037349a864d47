"""The viewer's JavaScript: plain ES modules, served by our own routes or handed over as text."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "js"
START = "loader.js"


@lru_cache(maxsize=1)
def sources() -> dict[str, str]:
    """Every module and the style sheet, by file name."""
    files = [*sorted(FOLDER.glob("*.js")), FOLDER / "viewer.css"]
    return {file.name: file.read_text(encoding="utf-8") for file in files}


@lru_cache(maxsize=1)
def digest() -> str:
    """Name of this state of the modules; part of their address, so browsers may keep them forever."""
    told = json.dumps(sources(), sort_keys=True).encode()
    return hashlib.sha256(told).hexdigest()[:12]


def start_text(*, carry_modules: bool, around: str = "") -> str:
    """Text of the module that Streamlit starts: the loader, with its modules inside where it must be alone.

    Args:
        carry_modules: put all modules into the text (the websocket fallback, which has no routes).
        around: JavaScript with a default export of its own, which may call the loader's `start` and
            `readData`: a component that has a viewer in it.

    Returns:
        JavaScript of several lines; Streamlit takes a single line for a path.
    """
    carried = {name: text for name, text in sources().items() if name != START} if carry_modules else None
    # "</" cannot end the script element early, should the text ever be put into one.
    literal = json.dumps(carried).replace("</", "<\\/")
    text = f"const CARRIED = {literal};\n{sources()[START]}"
    return text.replace("export default start;", around) if around else text

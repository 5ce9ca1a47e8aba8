"""Draws the README's picture: what `mltrace review` prints in a terminal after the flights demo."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT: Final = Path(__file__).resolve().parent.parent
WIDTH: Final = 84
COMMAND: Final = "mltrace review"


def main(path: str) -> None:
    """Run the demo in a folder of its own, and draw the review into an SVG file."""
    with tempfile.TemporaryDirectory() as folder:
        python_path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "examples")])
        environment = {**os.environ, "PYTHONPATH": python_path, "LOGNAME": "ada"}
        demo = [sys.executable, "-m", "flights", "demo"]
        subprocess.run(demo, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        environment.update(MLTRACE_URI=f"{folder}/.mltrace-demo/.mltrace", COLUMNS=str(WIDTH))
        printed = _in_terminal([sys.executable, "-m", *COMMAND.split()], environment)
    Path(path).write_text(_svg(f"$ {COMMAND}\n{printed}"), encoding="utf-8")


def _in_terminal(words: list[str], environment: dict[str, str]) -> str:
    """Run a command with a terminal as its output, so that it prints in colour."""
    near, far = pty.openpty()
    with subprocess.Popen(
        words, env={**environment, "TERM": "xterm-256color"}, stdout=far, stdin=subprocess.DEVNULL
    ):
        os.close(far)
        printed = b""
        while chunk := _read(near):
            printed += chunk
    os.close(near)
    return printed.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # Linux says so when the other end of a terminal is closed
        return b""


def _svg(printed: str) -> str:
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere)
        console.print(Text.from_ansi(printed))
        # The picture must not fetch a font from elsewhere.
        layout = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
        layout = re.sub(r"<!--.*?-->\s*", "", layout)
        drawn = console.export_svg(
            title=COMMAND, theme=MONOKAI, code_format=layout, unique_id="review"
        )
    return re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE)


if __name__ == "__main__":
    main(sys.argv[1])

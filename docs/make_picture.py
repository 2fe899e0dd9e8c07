"""Make docs/demo.svg out of what `supportq demo` prints. Run it as `python docs/make_picture.py`; it needs the extra `cli`."""
# ruff: noqa: INP001  # a script, no part of a package

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

PICTURE = Path(__file__).with_name("demo.svg")
SHOWN_DAY = "Friday 8 February 2013"
WIDTH = 112


def demo_output() -> str:
    """What the demo prints, run in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "supportq", "demo"]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, encoding="utf-8")  # noqa: S603  # our own
    return done.stdout


def parts_shown(output: str) -> list[str]:
    """The title, one evening of the storm, the last evening, and the tables of the end; the rest would be too long."""
    title, *parts = (part.rstrip() for part in output.split("\n\n") if part.strip())
    evenings = [part for part in parts if "this day" in part.partition("\n")[0]]
    end = parts[parts.index(evenings[-1]) + 1 :]
    return [title.partition("\n")[0], *(part for part in evenings[:-1] if part.startswith(SHOWN_DAY)), evenings[-1], *end]


def drawn(parts: list[str]) -> str:
    """The parts as a picture of a terminal, with no font to be fetched."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    console.print(Text("$ supportq demo", style="green"))
    for part in parts:
        heading, _, rest = part.partition("\n")
        is_title = part is parts[0] or "  " in heading
        console.print(Text(heading, style="bold" if is_title else ""), *filter(None, [rest]), "", sep="\n", markup=False)
    picture = console.export_svg(title="supportq demo", theme=MONOKAI, unique_id="supportq-demo")
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


if __name__ == "__main__":
    lines = drawn(parts_shown(demo_output())).splitlines()
    PICTURE.write_text("".join(f"{line.rstrip()}\n" for line in lines), encoding="utf-8")

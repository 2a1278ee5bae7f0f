"""Programs that the tests use: installed ones, or those that scripts/setup unpacked."""

from dataclasses import dataclass
import os
from pathlib import Path
import shutil

TOOLS = Path(__file__).resolve().parents[2] / ".tools"


@dataclass(frozen=True)
class Program:
    """A program, and the environment to start it with."""

    path: str
    environment: dict[str, str]


def find_program(names: tuple[str, ...], root: Path, inside: str) -> Program | None:
    """Return a program by its possible names, installed or in a folder of unpacked packages."""
    for name in names:
        if (path := shutil.which(name)) is not None:
            return Program(path, dict(os.environ))
    program = root / inside
    if not program.exists():
        return None
    folders = {
        str(library.parent)
        for pattern in ("lib", "usr/lib")
        for library in root.glob(f"{pattern}/*-linux-*/**/*.so*")
    }
    return Program(str(program), dict(os.environ) | {"LD_LIBRARY_PATH": ":".join(sorted(folders))})


def mosquitto() -> Program | None:
    """Return the MQTT broker."""
    return find_program(("mosquitto",), TOOLS / "mosquitto", "usr/sbin/mosquitto")


def chromium(scratch: Path) -> Program | None:
    """Return the browser, which finds its fonts in `scratch` if none are installed."""
    root = TOOLS / "chromium"
    program = find_program(
        ("chromium", "chromium-browser", "google-chrome"), root, "usr/lib/chromium/chromium"
    )
    if program is None or not program.path.startswith(str(root)):
        return program
    fonts = scratch / "fonts.conf"
    folders = "".join(
        f"<dir>{folder}</dir>" for folder in ("/usr/share/fonts", root / "usr/share/fonts")
    )
    fonts.write_text(
        f"<?xml version='1.0'?><fontconfig>{folders}"
        f"<cachedir>{scratch / 'fonts'}</cachedir></fontconfig>"
    )
    return Program(program.path, program.environment | {"FONTCONFIG_FILE": str(fonts)})

"""Decides anew on what a diagnostics file tells, and shows where something else would be decided now: scripts/replay FILE.

The file is what Home Assistant's "Download diagnostics" gives. Each step is decided by what it went by and what was remembered before it, so
one that differs makes no other differ. Temperatures in °C.
"""

import argparse
from collections.abc import Iterable, Mapping
from datetime import tzinfo
import json
from pathlib import Path
import sys
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.aux_heat_guard.core.codec_trace import Retraced, retraced
from custom_components.aux_heat_guard.core.json_values import UnsoundError
from custom_components.aux_heat_guard.options import guarded_from


def main() -> int:
    """Show the steps; 1 where one differs, 2 where the file is none of diagnostics."""
    parser = argparse.ArgumentParser(prog="scripts/replay", description="Decide anew on the steps of a diagnostics file.")
    parser.add_argument("file", type=Path)
    data = json.loads(parser.parse_args().file.read_text())
    try:
        steps, zone = read(data)
    except (KeyError, TypeError, ValueError, UnsoundError) as error:
        sys.stderr.write(f"This is no diagnostics file of AUX Heat Guard: {error!r}\n")
        return 2
    sys.stdout.write("\n".join(lines(steps, zone)) + "\n")
    return int(any(step.differs for step in steps))


def read(data: Mapping[str, Any]) -> tuple[list[Retraced], tzinfo]:
    """Decide all steps of a diagnostics file anew. Raises KeyError, TypeError, ValueError and UnsoundError where it is none."""
    told = data["data"]
    zone = ZoneInfo(told["guarded"]["settings"]["zone"])
    settings = guarded_from(told["entry"]["options"], zone).settings
    return [retraced(step, settings) for step in told["trace"]], zone


def lines(steps: Iterable[Retraced], zone: tzinfo) -> Iterable[str]:
    """Write them out, a line each, and below it what would be decided now where that differs."""
    for step in steps:
        yield f"{step.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  {_said(step.then)}"
        if step.differs:
            yield f"{'now':>19}  {_said(step.now)}"


def _said(outcome: Mapping[str, Any]) -> str:
    decision, command = outcome["decision"], outcome["command"]
    if decision is None:
        return "nothing decided" if command is None else f"given back {command}"
    limits = ", ".join(f"{name} {value}" for name, value in decision["limits"].items())
    words = f"{decision['holding']:<8} applied {decision['applied']} of {decision['target']} ({decision['requested']} requested)"
    return f"{words}{f', {limits}' if limits else ''}{'' if command is None else f' -> told {command}'}"


if __name__ == "__main__":
    sys.exit(main())

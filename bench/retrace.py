"""Replay the decisions of a diagnostics file and show differences: `scripts/replay FILE`.

The file comes from Home Assistant's "Download diagnostics". Each step is decided from its own
recorded context and state, so a step that differs does not affect others. Temperatures are in the
home's unit.
"""

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
import json
from pathlib import Path
import sys
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.components.diagnostics.const import REDACTED

from custom_components.aux_heat_guard.core.persistence.json_values import InvalidDataError
from custom_components.aux_heat_guard.core.persistence.trace import (
    TraceComparison,
    replay_trace_step,
)
from custom_components.aux_heat_guard.options.guard import read_guard_config
from custom_components.aux_heat_guard.options.protection import (
    read_protection_options,
    with_protection,
)
from custom_components.aux_heat_guard.sources.units import home_temperature


def main() -> int:
    """Print the steps; return 1 if one differs, 2 if the file is not a diagnostics file."""
    parser = argparse.ArgumentParser(
        prog="scripts/replay", description="Decide anew on the steps of a diagnostics file."
    )
    parser.add_argument("file", type=Path)
    try:
        steps, home = retrace_file(json.loads(parser.parse_args().file.read_text()))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (KeyError, TypeError, ValueError, InvalidDataError) as error:
        sys.stderr.write(f"This is no diagnostics file of AUX Heat Guard: {error!r}\n")
        return 2
    sys.stdout.write("\n".join(format_steps(steps, home)) + "\n")
    return int(any(step.is_different for step in steps))


@dataclass(frozen=True, slots=True)
class HomePlace:
    """The time zone and temperature unit of a home."""

    zone: tzinfo
    unit: str

    def degrees(self, celsius: float | None) -> str:
        """Return a temperature as text in the home's unit."""
        return "none" if celsius is None else f"{home_temperature(celsius, self.unit):g}"


def retrace_file(data: Mapping[str, Any]) -> tuple[list[TraceComparison], HomePlace]:
    """Replay all steps of a diagnostics file.

    Raises KeyError, TypeError, ValueError or InvalidDataError if it is not a diagnostics file.
    """
    contents = data["data"]
    home = HomePlace(_read_zone(contents), contents["home"]["temperature_unit"])
    settings = read_guard_config(read_options(contents), home.zone).settings
    return [replay_trace_step(step, settings) for step in contents["trace"]], home


def read_options(file_options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options in a file, with an empty action for each action that is missing."""
    options = file_options["entry"]["options"]
    return with_protection(
        options,
        **{
            name: [{}]
            for name, value in read_protection_options(options).items()
            if value == REDACTED
        },
    )


def _read_zone(file_options: Mapping[str, Any]) -> tzinfo:
    """Return the time zone of a file's instants.

    If the zone is missing, the instants are local times of the home, written as if in UTC.
    """
    zone = file_options["guarded"]["settings"]["zone"]
    return UTC if zone == REDACTED else ZoneInfo(zone)


def format_steps(steps: Iterable[TraceComparison], home: HomePlace) -> Iterable[str]:
    """Yield a line for each step, followed by the new decision if that differs."""
    for step in steps:
        local = step.at.astimezone(home.zone)
        yield f"{local:%Y-%m-%d %H:%M:%S}  {_format_outcome(step.recorded, home)}"
        if step.is_different:
            yield f"{'now':>19}  {_format_outcome(step.recomputed, home)}"


def _format_outcome(outcome: Mapping[str, Any], home: HomePlace) -> str:
    decision, command = outcome["decision"], outcome["command"]
    written = "" if command is None else f" -> told {home.degrees(command)}"
    if decision is None:
        return f"nothing decided{written}"
    limits = "".join(
        f", {name} {home.degrees(value)}" for name, value in decision["limits"].items()
    )
    applied, target, requested = (
        home.degrees(decision[name]) for name in ("applied", "target", "requested")
    )
    return (
        f"{decision['holding']:<8} applied {applied} of {target} ({requested} requested)"
        f"{limits}{written}"
    )


if __name__ == "__main__":
    sys.exit(main())

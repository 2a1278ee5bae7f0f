"""Measure the cost of tracking aux heat: `scripts/bench overhead [--quick] [--json]`.

Compares AUX Heat Guard with the stack that a user would build from core integrations.

All figures are net of an empty Home Assistant that plays the same day, with a real recorder on a
SQLite file, in virtual time (see `bench.clock`). The cost of the loop is CPU time of its thread:
all of Home Assistant shares the loop, while the recorder and the file writers work in threads of
their own. Time in which the loop waits costs nothing. The three homes take turns, so that a
slowdown of the machine affects all of them, and the medians are compared.
"""

import argparse
import json
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
import time

from . import measures, report
from .measures import FULL, QUICK, MeasurementPlan
from .past import RIVALS, History, build_past
from .report import Figures


def measure_all(plan: MeasurementPlan) -> dict[str, Figures]:
    """Run all measurements and print the progress."""
    figures: dict[str, Figures] = {rival: {} for rival in RIVALS}
    begin = time.monotonic()
    with TemporaryDirectory() as folder:
        past: History = build_past(Path(folder), plan.live_every)
        for measure in (
            measures.measure_day,
            measures.measure_setup,
            measures.measure_history,
            measures.measure_crowd,
        ):
            print(  # noqa: T201
                f"{time.monotonic() - begin:4.0f} s  {measure.__name__.replace('_', ' ')}",
                file=sys.stderr,
            )
            for rival, found in measure(plan, past).items():
                figures[rival] |= {key: round(value, 4) for key, value in found.items()}
    print(f"{time.monotonic() - begin:4.0f} s  done", file=sys.stderr)  # noqa: T201
    return figures


def main() -> None:
    """Measure everything and print a table."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench overhead",
        description="What tracking AUX costs, ours beside a stack of core pieces.",
    )
    parser.add_argument("--quick", action="store_true", help="less of everything, in three minutes")
    parser.add_argument(
        "--json", action="store_true", help="print the figures as one JSON object in the last line"
    )
    arguments = parser.parse_args()
    figures = measure_all(QUICK if arguments.quick else FULL)
    print(report.format_table(figures["ours"], figures["stack"]))  # noqa: T201
    if arguments.json:
        print(json.dumps(figures))  # noqa: T201


if __name__ == "__main__":
    main()

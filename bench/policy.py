"""Compares setpoint policies over a winter: `scripts/bench policy`.

Simulates the benchmark house (`lab.home`), and with `--all` each of its variants, from November to
March of a typical year, minute by minute, under each policy. DH are degree-hours below
(schedule - 1 °F) a day. The guard observes its thermostat every three minutes, as Home Assistant
polls a cloud thermostat, or each minute with `--polled 1`.
"""

import argparse
import json
from pathlib import Path
import sys

from lab.core_alone import let_core_stand_alone

let_core_stand_alone()

from bench.contenders import simulate_winters  # noqa: E402 -- see above
from bench.policy_plot import draw_results  # noqa: E402
from bench.policy_table import format_table, plain_results  # noqa: E402
from lab import tmy  # noqa: E402
from lab.variants import BASE, VARIANTS  # noqa: E402
from lab.winter import Winter  # noqa: E402

COLDER_K = 5.0


def weathers(file: Path | None) -> dict[str, Winter]:
    """Return Greensboro, Greensboro 5 K colder, and the user's weather file."""
    winter = tmy.greensboro()
    found = {"greensboro": winter, "greensboro_cold": winter.colder_by(COLDER_K)}
    return found if file is None else {**found, file.stem: tmy.epw(file)}


def main() -> None:
    """Simulate the winters, print tables, and draw a picture."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench policy", description="AUX, energy and comfort of a winter, by policy."
    )
    parser.add_argument("--all", action="store_true", help="simulate all variants of the home")
    parser.add_argument("--weather", type=Path, help="an EPW file, beside Greensboro")
    parser.add_argument(
        "--polled",
        type=int,
        choices=(1, 3),
        default=3,
        help="how often the guard reads the thermostat, minutes; %(default)s, as from a cloud",
    )
    parser.add_argument(
        "--plot",
        type=Path,
        default=Path("policy.png"),
        help="where the picture goes, default %(default)s",
    )
    parser.add_argument(
        "--json", action="store_true", help="print the figures as one JSON object in the last line"
    )
    arguments = parser.parse_args()
    winters = weathers(arguments.weather)
    results = simulate_winters(winters, VARIANTS if arguments.all else [BASE], arguments.polled)
    sys.stdout.write(format_table(results, winters) + "\n")
    draw_results(results, winters, arguments.plot)
    if arguments.json:
        sys.stdout.write(json.dumps({"results": plain_results(results)}) + "\n")


if __name__ == "__main__":
    main()

"""What becomes of a winter by what is done with the setpoint: `scripts/bench policy [--all] [--weather FILE] [--plot FILE] [--json]`.

The benchmark house (lab.home), and with --all each of its variants, lives through November to March of a typical year, minute by minute,
under each policy. DH are degree-hours under (schedule - 1 °F) a day. The guard sees its thermostat every three minutes, as Home Assistant sees
those that it asks in a cloud, or each minute with `--polled 1`.
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
    """Read Greensboro, the same 5 K colder, and a file of the user's."""
    winter = tmy.greensboro()
    found = {"greensboro": winter, "greensboro_cold": winter.colder_by(COLDER_K)}
    return found if file is None else {**found, file.stem: tmy.epw(file)}


def main() -> None:
    """Live through it, print tables, and draw a picture."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench policy", description="AUX, energy and comfort of a winter, by policy."
    )
    parser.add_argument(
        "--all", action="store_true", help="live through it in all variants of the home, too"
    )
    parser.add_argument("--weather", type=Path, help="an EPW file, beside Greensboro")
    parser.add_argument(
        "--polled",
        type=int,
        choices=(1, 3),
        default=3,
        help="how often the guard sees the thermostat, minutes; %(default)s, as from a cloud",
    )
    parser.add_argument(
        "--plot",
        type=Path,
        default=Path("policy.png"),
        help="where the picture goes, %(default)s if nothing is said",
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

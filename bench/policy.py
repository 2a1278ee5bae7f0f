"""What becomes of a winter by what is done with the setpoint: `scripts/bench policy [--weather FILE] [--json]`.

The benchmark house (lab.home) lives through November to March of a typical year, minute by minute, under each policy. DH are degree-hours
under (schedule - 1 °F) a day.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
import json
from pathlib import Path
import sys

from lab.core_alone import let_core_stand_alone

let_core_stand_alone()

from lab import tmy  # noqa: E402 -- see above
from lab.guard import Guard  # noqa: E402
from lab.home import Home  # noqa: E402
from lab.policies import Constant, Policy, Ramp, Step  # noqa: E402
from lab.thermostat import Thermostat  # noqa: E402
from lab.trial import Outcome, Trial, live  # noqa: E402
from lab.units import celsius  # noqa: E402
from lab.winter import Winter  # noqa: E402

VARIANT = "droop"
COLDER_K = 5.0
LOCKOUT_C = celsius(35.0)
"""Of the strips, as Energy Trust of Oregon asks for it."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A policy, in a home that may be set up for it."""

    policy: Callable[[Trial], Policy]
    home: Home = field(default_factory=Home)


CONTENDERS: Mapping[str, Contender] = {
    "step": Contender(lambda trial: Step(trial.schedule)),
    "lockout": Contender(lambda trial: Step(trial.schedule), Home(thermostat=Thermostat(aux_lockout_c=LOCKOUT_C))),
    "constant": Contender(lambda trial: Constant(trial.schedule)),
    "ramp2": Contender(lambda trial: Ramp(trial.schedule, 2.0)),
    "ramp1": Contender(lambda trial: Ramp(trial.schedule, 1.0)),
    "guard": Contender(lambda trial: Guard(trial.schedule, trial.winter.begin)),
}
LONGEST_FIRST = sorted(CONTENDERS, key=lambda name: name != "guard")

type Results = dict[str, dict[str, Outcome]]
"""By weather and policy."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the guard is to reach in a weather: shares of step's and constant's, DH a day."""

    aux_over_step: float
    dh_per_day: float
    dh_over_step: float


TARGETS: Mapping[str, Target] = {"greensboro": Target(0.10, 0.5, 1 / 3), "greensboro_cold": Target(0.36, 1.4, 2 / 3)}
TOTAL_OVER_CONSTANT = 0.98


def weathers(file: Path | None) -> dict[str, Winter]:
    """Read Greensboro, the same 5 K colder, and a file of the user's."""
    winter = tmy.greensboro()
    found = {"greensboro": winter, "greensboro_cold": winter.colder(COLDER_K)}
    return found if file is None else {**found, file.stem: tmy.epw(file)}


def lived(winters: Mapping[str, Winter]) -> Results:
    """Live through each winter under each policy, two at a time."""
    jobs = [(weather, name) for name in LONGEST_FIRST for weather in winters]
    with ProcessPoolExecutor(max_workers=2) as pool:
        outcomes = list(pool.map(_live, [winters[weather] for weather, _ in jobs], [name for _, name in jobs]))
    found = dict(zip(jobs, outcomes, strict=True))
    return {weather: {name: found[weather, name] for name in CONTENDERS} for weather in winters}


def _live(winter: Winter, name: str) -> Outcome:
    contender = CONTENDERS[name]
    trial = Trial(winter=winter, home=contender.home)
    return live(trial, contender.policy(trial))


def table(results: Results) -> str:
    """Write it out, beside the targets."""
    lines: list[str] = []
    for weather, outcomes in results.items():
        lines += [f"{weather:<17} {'AUX kWh':>8} {'total kWh':>10} {'DH a day':>9} {'writes a day':>13} {'coldest °F':>11}", "-" * 74]
        lines += [
            f"{name:<17} {one.aux_kwh:8.0f} {one.total_kwh:10.0f} {one.dh_per_day:9.2f} {one.writes_per_day:13.1f} {one.min_room_f:11.1f}"
            for name, one in outcomes.items()
        ]
        lines += ["", *_judged(outcomes, TARGETS[weather]), ""] if weather in TARGETS else [""]
    return "\n".join(lines)


def _judged(outcomes: Mapping[str, Outcome], target: Target) -> Iterable[str]:
    guard, step, constant = outcomes["guard"], outcomes["step"], outcomes["constant"]
    for label, value, most in (
        ("guard's AUX over step's", guard.aux_kwh / step.aux_kwh, target.aux_over_step),
        ("guard's AUX over constant's", guard.aux_kwh / constant.aux_kwh, 1.0),
        ("guard's total over constant's", guard.total_kwh / constant.total_kwh, TOTAL_OVER_CONSTANT),
        ("guard's total over step's", guard.total_kwh / step.total_kwh, 1.0),
        ("guard's DH a day", guard.dh_per_day, target.dh_per_day),
        ("guard's DH over step's", guard.dh_per_day / step.dh_per_day, target.dh_over_step),
    ):
        yield f"{label:<30} {value:7.3f}   <= {most:.3f}  {'met' if value <= most else 'missed'}"


def main() -> None:
    """Live through it, and print a table."""
    parser = argparse.ArgumentParser(prog="scripts/bench policy", description="AUX, energy and comfort of a winter, by policy.")
    parser.add_argument("--weather", type=Path, help="an EPW file, beside Greensboro")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object in the last line")
    arguments = parser.parse_args()
    results = lived(weathers(arguments.weather))
    sys.stdout.write(table(results) + "\n")
    if arguments.json:
        plain = {weather: {VARIANT: {name: asdict(outcome) for name, outcome in outcomes.items()}} for weather, outcomes in results.items()}
        sys.stdout.write(json.dumps({"results": plain}) + "\n")


if __name__ == "__main__":
    main()

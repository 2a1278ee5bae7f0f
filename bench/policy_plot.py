"""The picture of the policy benchmark: aux heat and comfort of each policy, and a cold night."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure  # type: ignore[import-not-found] # only the benchmark's environment has it

from bench.contenders import BOUND, Outcomes, Results
from lab.policies import Policy, ScheduledSetpoint
from lab.trial import Trial, simulate_minutes
from lab.units import fahrenheit
from lab.variants import BASE, VARIANTS
from lab.winter import HOURS_PER_DAY, MINUTES_PER_HOUR, Winter

DAYS = 3
"""The days simulated to show one night."""
SHOWN_MIN = range(42 * MINUTES_PER_HOUR, 60 * MINUTES_PER_HOUR)
"""The hours shown: from 18 h on the second day to noon on the third."""
DPI = 110
STRIPS, ROOM, SETPOINT = "tab:red", "tab:blue", "black"


def draw_results(results: Results, winters: Mapping[str, Winter], file: Path) -> None:
    """Draw the base in each weather, and a night of the first."""
    figure = Figure(figsize=(12, 8), layout="constrained")
    above, below = figure.subfigures(2, 1)
    for axes, weather in zip(
        above.subplots(1, len(results), squeeze=False)[0], results, strict=True
    ):
        _draw_policies(axes, weather, results[weather][BASE])
    winter = next(iter(winters.values()))
    trial = VARIANTS[BASE].trial(winter.slice_days(freezing_morning(winter) - DAYS + 1, DAYS))
    left, right = below.subplots(1, 2, sharey=True)
    _draw_night(left, "step", trial, ScheduledSetpoint(trial.schedule))
    _draw_night(right, "guard", trial, VARIANTS[BASE].guard(trial.winter))
    figure.savefig(file, dpi=DPI)


def freezing_morning(winter: Winter) -> int:
    """Return the day, counted from 0, whose coldest hour is the nearest to freezing."""
    days = range(DAYS - 1, len(winter.outdoor_c) // HOURS_PER_DAY)
    return min(days, key=lambda day: abs(min(winter.slice_days(day, 1).outdoor_c)))


def _draw_policies(axes: Any, weather: str, outcomes: Outcomes) -> None:  # noqa: ANN401 -- matplotlib's types are only in the benchmark's environment
    for name, outcome in outcomes.items():
        axes.scatter(
            outcome.dh_per_day, outcome.aux_kwh, label=name, marker="x" if name == BOUND else "o"
        )
    axes.set(
        title=weather,
        xlabel="degree-hours under (schedule - 1 °F) a day, °F h",
        ylabel="AUX of the winter, kWh",
    )
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower right")


def _draw_night(axes: Any, name: str, trial: Trial, policy: Policy) -> None:  # noqa: ANN401
    shown = list(simulate_minutes(trial, policy))[SHOWN_MIN.start : SHOWN_MIN.stop]
    hours = [minute / MINUTES_PER_HOUR - HOURS_PER_DAY * (DAYS - 1) for minute in SHOWN_MIN]
    outdoor = [trial.winter.outdoor_at(minute) for minute in SHOWN_MIN]
    axes.step(
        hours,
        [fahrenheit(moment.setpoint_c) for moment in shown],
        where="post",
        color=SETPOINT,
        label="setpoint",
    )
    axes.plot(
        hours, [fahrenheit(moment.state.room_c) for moment in shown], color=ROOM, label="room"
    )
    strips = [moment.state.running.strips for moment in shown]
    axes.fill_between(
        hours,
        0,
        1,
        where=strips,
        step="post",
        transform=axes.get_xaxis_transform(),
        color=STRIPS,
        alpha=0.3,
        label="strips",
    )
    weather = f"{fahrenheit(min(outdoor)):.0f} to {fahrenheit(max(outdoor)):.0f} °F outdoors"
    axes.set(
        title=f"{name}, a night of {weather}",
        xlabel="hours after midnight",
        ylabel="°F",
        ylim=(60, 72),
    )
    axes.legend(loc="lower right")

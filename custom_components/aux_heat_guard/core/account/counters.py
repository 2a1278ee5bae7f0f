"""What is counted beside the ledger: how long AUX rested, AUX in mild weather, the filter, and calls without the compressor."""

from dataclasses import dataclass, replace
from datetime import datetime

from ..model import Alert, HeatState, Observation
from ..sense.signals import outdoor_now, reheats
from ..settings.alerts import FIGURES
from ..settings.guard import Settings
from .energy import Meter
from .ledger import AUX_STATES, Ledger, Point
from .standstill import NEVER, Effort, Standstill, advance

AIR_MOVES = frozenset(
    {
        HeatState.HEAT_PUMP,
        HeatState.HEAT_PUMP_AUX,
        HeatState.EMERGENCY,
        HeatState.FURNACE,
        HeatState.DEFROST,
    }
)
AIR_ACTIONS = frozenset({"cooling", "drying", "fan", "heating", "preheating", "defrosting"})


@dataclass(frozen=True, slots=True)
class Tally:
    """All in seconds."""

    rest: float = 0.0
    """For how long it was seen that AUX did not run, since it last ran."""
    rest_before: float = 0.0
    """The same before the present or last run."""
    air: float = 0.0
    """For how long air went through the filter since it was cleaned."""
    mild: float = 0.0
    """AUX in mild weather today, of the runs that ended and were not expected."""
    mild_run: float = 0.0
    """The same of the run that goes on, whatever its cause turns out to be."""
    well_since: datetime | None = None
    """The end of the last mild day without any."""
    age: float = 0.0
    """The time since air first went through the filter after it was cleaned."""
    standstill: Standstill = NEVER


NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Held:
    """What holds while time is counted."""

    observation: Observation | None
    """With the outdoor temperature, price and power of that time."""
    meter: Meter
    settings: Settings
    effort: Effort = Effort.NONE
    is_airing: bool = False
    """Whether air goes through the filter."""


def counted(tally: Tally, seconds: float, point: Point, held: Held) -> Tally:
    """Count a time in which nothing changed."""
    runs = point.state in AUX_STATES
    air = tally.air + seconds if held.is_airing else tally.air
    rest = 0.0 if runs else tally.rest + seconds if point.strips_seen else tally.rest
    mild_run = (
        tally.mild_run + seconds
        if runs and _is_mild(held.observation, held.settings)
        else tally.mild_run
    )
    # Cleaning the filter sets its hours back, and its age begins with them.
    age = (tally.age if tally.air else 0.0) + seconds if air else 0.0
    standstill = advance(tally.standstill, seconds, held.effort, held.observation, held.settings)
    return Tally(
        rest, tally.rest_before, air, tally.mild, mild_run, tally.well_since, age, standstill
    )


def air_moves(point: Point, seen: Observation | None) -> bool:
    """Tell whether air goes through the filter."""
    return point.state in AIR_MOVES or (seen is not None and seen.thermostat.action in AIR_ACTIONS)


def run_began(tally: Tally) -> Tally:
    """Take in that a run begins now."""
    return replace(tally, rest_before=tally.rest, mild_run=0.0)


def run_ended(tally: Tally, *, is_expected: bool) -> Tally:
    """Take in that a run has ended, and whether it had a reason."""
    return replace(tally, mild=mild_seconds(tally, is_expected=is_expected), mild_run=0.0)


def day_ended(
    tally: Tally, ledger: Ledger, began: datetime, settings: Settings, *, is_expected: bool
) -> Tally:
    """Begin a new day; a run that goes on may have a reason."""
    _, before = ledger.before(began)
    outdoor = (ledger.amounts - before).outdoor
    was_well = (
        outdoor is not None
        and outdoor > mild_above(settings)
        and not mild_seconds(tally, is_expected=is_expected)
    )
    return replace(
        tally, mild=0.0, mild_run=0.0, well_since=ledger.at if was_well else tally.well_since
    )


def mild_seconds(tally: Tally, *, is_expected: bool) -> float:
    """Tell for how long AUX ran today in mild weather without a reason; the run that goes on may have one."""
    return tally.mild + (0.0 if is_expected else tally.mild_run)


def mild_above(settings: Settings) -> float:
    """Tell above which outdoor temperature, in °C, it is mild."""
    figure = FIGURES[Alert.MILD_WEATHER]["outdoor"]
    return settings.alerts.choices[Alert.MILD_WEATHER].figures.get("outdoor", figure.default)


def _is_mild(held: Observation | None, settings: Settings) -> bool:
    outdoor = outdoor_now(held) if held else None
    return (
        outdoor is not None
        and outdoor > mild_above(settings)
        and held is not None
        and not reheats(held)
    )

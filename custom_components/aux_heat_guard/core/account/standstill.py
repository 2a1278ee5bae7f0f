"""How long heat was called for while the compressor stood still, over as many calls as that takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ..model import Alert, Equipment, Evidence, Heat, Observation, Role
from ..sense.detector import CALLING, NOT_HEATING_MODES
from ..sense.signals import outdoor_now, reheats
from ..settings.alerts import FIGURES, PUMP_BACK, STANDSTILL
from ..settings.guard import Settings
from .causes import Circumstances, measured_state

PROVEN = PUMP_BACK.total_seconds()
"""s. There is no need to count on beyond it."""


class Effort(Enum):
    """What the compressor does about a call for heat."""

    NONE = "none"
    """Nothing is called for, or nobody knows whether the compressor runs."""
    RUNS = "runs"
    """It runs beside the strips, or nobody knows whether they are on."""
    RUNS_ALONE = "runs_alone"
    STANDS_STILL = "stands_still"
    """It stands still on a call that it should answer."""
    STRIPS_ALONE = "strips_alone"
    """The same, and the strips are measured to heat in its place."""

    @property
    def is_missing(self) -> bool:
        """Whether the compressor stands still on a call that it should answer."""
        return self in {Effort.STANDS_STILL, Effort.STRIPS_ALONE}


@dataclass(frozen=True, slots=True)
class Standstill:
    """All in seconds."""

    called: float = 0.0
    """Of calls in which the compressor stood still, since it last ran."""
    strips: float = 0.0
    """Of these calls, with the strips measured to heat."""
    proven: float = 0.0
    """For how long the compressor ran without strips since it last stood still; counted up to an hour."""


NEVER = Standstill()


def effort(
    heat: Heat,
    evidence: Iterable[Evidence],
    observation: Observation,
    circumstances: Circumstances,
    settings: Settings,
) -> Effort:
    """Return what the compressor does about a call for heat."""
    evidence = tuple(evidence)
    compressor = measured_state(evidence, Role.COMPRESSOR)
    if heat.compressor or compressor:
        return Effort.RUNS_ALONE if heat.strips is False else Effort.RUNS
    if heat.compressor is None or heat.emergency_mode or settings.equipment is Equipment.FURNACE:
        return Effort.NONE
    strips = bool(measured_state(evidence, Role.AUX))
    # Where the thermostat does not say what it does, strips that heat in the compressor's place
    # are a call. A thermostat that says idle while it reports AUX says as little.
    action = observation.thermostat.action
    is_silent = action is None or (action == "idle" and circumstances.idles_with_aux)
    is_heated = is_silent and strips and compressor is False and _is_for_heat(observation)
    if action not in CALLING and not is_heated:
        return Effort.NONE
    return Effort.STRIPS_ALONE if strips else Effort.STANDS_STILL


def _is_for_heat(observation: Observation) -> bool:
    """Return True if the strips cannot be on for anything but a call for heat."""
    return observation.thermostat.mode not in NOT_HEATING_MODES and not reheats(observation)


def advance(
    standstill: Standstill,
    seconds: float,
    now: Effort,
    held: Observation | None,
    settings: Settings,
) -> Standstill:
    """Count a time in which nothing changed. Return the same object if it does not matter."""
    if now is Effort.NONE:
        return standstill
    if now.is_missing:
        return _count_missed_call(standstill, seconds, now, held, settings)
    if not standstill.called and (now is Effort.RUNS or standstill.proven >= PROVEN):
        return standstill
    alone = seconds if now is Effort.RUNS_ALONE else 0.0
    return Standstill(proven=min(standstill.proven + alone, PROVEN))


def _count_missed_call(
    standstill: Standstill,
    seconds: float,
    now: Effort,
    held: Observation | None,
    settings: Settings,
) -> Standstill:
    if held is None or is_excused(outdoor_now(held), settings):
        return standstill
    called = standstill.called + seconds
    strips = standstill.strips + (seconds if now is Effort.STRIPS_ALONE else 0.0)
    is_doubtful = called >= STANDSTILL.total_seconds()
    return Standstill(called, strips, 0.0 if is_doubtful else standstill.proven)


def is_excused(outdoor: float | None, settings: Settings) -> bool:
    """Return True if a compressor may stand still, for all that is known of the weather (°C)."""
    if outdoor is None:
        return settings.has_outdoor
    figure = FIGURES[Alert.NOT_HEATING]["lockout"]
    figures = settings.alerts.choices[Alert.NOT_HEATING].figures
    return outdoor < figures.get("lockout", figure.default)

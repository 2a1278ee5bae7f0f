"""What a decision on the heating setpoint goes by, what is remembered for it, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ..model import Command, Limit, Observation, Switch
from ..settings.guard import Settings
from ..units import EPSILON
from . import recovery as plans
from . import setpoint as setpoints
from .limits import budget_setback as overruns
from .limits import cap as caps
from .limits import ramp_limit as leashes
from .limits.budget_setback import Overrun
from .limits.cap import Cap
from .limits.ramp_limit import Leash
from .recovery import Course
from .schedule_learning import Change
from .setpoint import Setpoint
from .switchover import Switchover


@dataclass(frozen=True, slots=True)
class Habit:
    """What the thermostat's own schedule will do, as far as it is learnt."""

    changes: tuple[Change, ...] = ()
    """What it was learnt from."""
    until: datetime | None = None
    """When the day is over that it was looked at."""
    expected: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Protection:
    """What is remembered."""

    cap: Cap = caps.FREE
    leash: Leash = leashes.LOOSE
    overrun: Overrun = overruns.WITHIN
    setpoint: Setpoint = setpoints.UNKNOWN
    switches: Mapping[Switch, Switchover] = field(default_factory=dict)
    """Those that were ever on."""
    habit: Habit = Habit()
    recovery: tuple[datetime, float] | None = None
    """When it is to be how warm, °C, as somebody asked for."""
    course: Course = plans.NO_COURSE


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a decision goes by. Temperatures °C; None where nobody knows."""

    observation: Observation
    settings: Settings
    outdoor: float | None
    """Outdoors, where that was reported lately."""
    room: float | None
    setpoint: float | None
    """What is to be heated to; None where nothing is."""
    is_over: bool = False
    """Whether AUX is over its budget, and that was not to be expected."""
    last_aux: datetime | None = None
    """When AUX was last seen."""
    allowed_until: datetime | None = None
    """Until then somebody has allowed AUX."""

    @property
    def at(self) -> datetime:
        """Now."""
        return self.observation.at


class Holder(StrEnum):
    """What makes the setpoint another one than was asked for, or keeps it."""

    NONE = "none"
    CAP = Limit.CAP.value
    LEASH = Limit.LEASH.value
    OVERRUN = Limit.OVERRUN.value
    PLAN = "plan"
    """It is raised early, or was not lowered as far: so the pump alone is in time."""
    HAND = "hand"
    """Nothing is limited: somebody changed it by hand."""
    ALLOWED = "allowed"
    """The same: somebody allows AUX."""
    YIELDS = "yields"
    """The same: something else changes it again and again."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What should hold, and why it is less. °C."""

    target: float
    applied: float
    limits: Mapping[Limit, float] = field(default_factory=dict)
    holder: Limit | None = None
    """Which of them holds; None: none does."""
    requested: float | None = None
    held: tuple[Holder, datetime] | None = None
    """By what, and until when, nothing is limited."""
    course: Course = plans.NO_COURSE
    thermostat_shows: float | None = None
    """The setpoint that the thermostat shows."""
    is_proposed: bool = False
    """Whether somebody is asked to agree to it."""

    @property
    def holding(self) -> Holder:
        """What makes it so."""
        if self.held is not None:
            return self.held[0]
        if self.holder is not None:
            return Holder(self.holder.value)
        is_raised = (
            self.requested is not None and min(self.target, self.applied) > self.requested + EPSILON
        )
        return Holder.PLAN if is_raised else Holder.NONE

    @property
    def shown(self) -> float:
        """What is shown as applied: the setpoint that the thermostat shows, or the one that is proposed."""
        return (
            self.applied
            if self.is_proposed or self.thermostat_shows is None
            else self.thermostat_shows
        )

    @property
    def is_as_requested(self) -> bool:
        """Whether what should hold is what was asked for."""
        return self.requested is not None and abs(self.applied - self.requested) < EPSILON

    @property
    def is_limited(self) -> bool:
        """Whether the thermostat is told less than was asked for."""
        return self.requested is not None and self.applied < self.requested - EPSILON


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a look."""

    protection: Protection
    decision: Decision | None = None
    command: Command | None = None
    """What the thermostat is to be told now."""
    switched: tuple[tuple[Switch, bool], ...] = ()
    """What is to be switched now, and whether on."""
    due: datetime | None = None
    left: float | None = None
    """With what setpoint, °C, the thermostat was left at the end before, where that is mended now."""


NOTHING = Protection()

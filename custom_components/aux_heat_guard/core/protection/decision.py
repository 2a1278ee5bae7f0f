"""What a decision on the heating setpoint goes by, what is remembered for it, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ..model import Command, Limit, Observation, SwitchoverKind
from ..settings.guard import Settings
from ..units import EPSILON
from .limits import budget_setback as overruns
from .limits import cap as caps
from .limits import ramp_limit as leashes
from .limits.budget_setback import BudgetSetback
from .limits.cap import Cap
from .limits.ramp_limit import RampLimit
from .recovery import NO_RECOVERY_PLAN, RecoveryPlan
from .schedule_learning import ObservedChange
from .setpoint import UNKNOWN_SETPOINT, Setpoint
from .switchover import SwitchoverState


@dataclass(frozen=True, slots=True)
class LearnedSchedule:
    """What the thermostat's own schedule will do, as far as it is learnt."""

    learned_from: tuple[ObservedChange, ...] = ()
    """What it was learnt from."""
    valid_until: datetime | None = None
    """When the day is over that it was looked at."""
    expected_changes: tuple[ObservedChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ProtectionState:
    """What is remembered."""

    cap: Cap = caps.NO_CAP
    ramp_limit: RampLimit = leashes.NO_RAMP_LIMIT
    budget_setback: BudgetSetback = overruns.NO_BUDGET_SETBACK
    setpoint: Setpoint = UNKNOWN_SETPOINT
    switchovers: Mapping[SwitchoverKind, SwitchoverState] = field(default_factory=dict)
    """Those that were ever on."""
    learned_schedule: LearnedSchedule = LearnedSchedule()
    recovery_request: tuple[datetime, float] | None = None
    """When it is to be how warm, °C, as somebody asked for."""
    recovery_plan: RecoveryPlan = NO_RECOVERY_PLAN


@dataclass(frozen=True, slots=True)
class ControlContext:
    """All that a decision goes by. Temperatures °C; None where nobody knows."""

    observation: Observation
    settings: Settings
    outdoor: float | None
    """Outdoors, where that was reported lately."""
    room: float | None
    setpoint: float | None
    """What is to be heated to; None where nothing is."""
    is_over_budget: bool = False
    """Whether AUX is over its budget, and that was not to be expected."""
    aux_last_seen: datetime | None = None
    """When AUX was last seen."""
    aux_allowed_until: datetime | None = None
    """Until then somebody has allowed AUX."""

    @property
    def at(self) -> datetime:
        """Now."""
        return self.observation.at


class SetpointReason(StrEnum):
    """What makes the setpoint another one than was asked for, or keeps it."""

    NONE = "none"
    CAP = Limit.CAP.value
    RAMP_LIMIT = Limit.RAMP_LIMIT.value
    BUDGET_SETBACK = Limit.BUDGET_SETBACK.value
    RECOVERY = "plan"
    """It is raised early, or was not lowered as far: so the pump alone is in time."""
    MANUAL_HOLD = "hand"
    """Nothing is limited: somebody changed it by hand."""
    AUX_ALLOWED = "allowed"
    """The same: somebody allows AUX."""
    CONFLICT_PAUSE = "yields"
    """The same: something else changes it again and again."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What should hold, and why it is less. °C."""

    target: float
    applied: float
    limits: Mapping[Limit, float] = field(default_factory=dict)
    active_limit: Limit | None = None
    """Which of them holds; None: none does."""
    requested: float | None = None
    hold: tuple[SetpointReason, datetime] | None = None
    """By what, and until when, nothing is limited."""
    recovery_plan: RecoveryPlan = NO_RECOVERY_PLAN
    reported_setpoint: float | None = None
    """The setpoint that the thermostat shows."""
    is_proposed: bool = False
    """Whether somebody is asked to agree to it."""

    @property
    def reason(self) -> SetpointReason:
        """What makes it so."""
        if self.hold is not None:
            return self.hold[0]
        if self.active_limit is not None:
            return SetpointReason(self.active_limit.value)
        is_raised = (
            self.requested is not None and min(self.target, self.applied) > self.requested + EPSILON
        )
        return SetpointReason.RECOVERY if is_raised else SetpointReason.NONE

    @property
    def displayed_setpoint(self) -> float:
        """What is shown as applied: the setpoint that the thermostat shows, or the one that is proposed."""
        return (
            self.applied
            if self.is_proposed or self.reported_setpoint is None
            else self.reported_setpoint
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
class ControlResult:
    """What came of a look."""

    protection: ProtectionState
    decision: Decision | None = None
    command: Command | None = None
    """What the thermostat is to be told now."""
    switch_changes: tuple[tuple[SwitchoverKind, bool], ...] = ()
    """What is to be switched now, and whether on."""
    due: datetime | None = None
    unrestored_setpoint: float | None = None
    """With what setpoint, °C, the thermostat was left at the end before, where that is mended now."""


INITIAL_PROTECTION_STATE = ProtectionState()

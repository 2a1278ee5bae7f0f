"""What protection remembers, what it decides about the heating setpoint, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ..model import Command, Limit, SwitchoverKind
from ..settings.protection import LONGEST_RECOVERY
from ..units import EPSILON
from .limits.base import LimitState
from .limits.registry import initial_limits
from .recovery import NO_RECOVERY_PLAN, RecoveryPlan
from .schedule_learning import NO_LEARNED_SCHEDULE, LearnedSchedule
from .setpoint import UNKNOWN_SETPOINT, Setpoint
from .switchover import SwitchoverState


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionState:
    """Everything that protection remembers from one step to the next."""

    limits: Mapping[Limit, LimitState] = field(default_factory=initial_limits)
    """The state of every limit."""
    setpoint: Setpoint = UNKNOWN_SETPOINT
    switchovers: Mapping[SwitchoverKind, SwitchoverState] = field(default_factory=dict)
    """The switches that are in use."""
    learned_schedule: LearnedSchedule = NO_LEARNED_SCHEDULE
    recovery_request: tuple[datetime, float] | None = None
    """(ready by, °C): a recovery that somebody requested."""
    recovery_plan: RecoveryPlan = NO_RECOVERY_PLAN

    def reset_limits(self) -> ProtectionState:
        """Return the state with its limits reset, after a time in which nothing was limited."""
        return replace(self, limits={limit: one.reset() for limit, one in self.limits.items()})

    def mark_restarted(self) -> ProtectionState:
        """Return the state after a time in which the guard did not run."""
        return replace(self.reset_limits(), setpoint=self.setpoint.mark_restarted())

    def without_limits(self) -> ProtectionState:
        """Return the state with initial limits, and without recovery."""
        return ProtectionState(
            setpoint=self.setpoint,
            switchovers=self.switchovers,
            learned_schedule=self.learned_schedule,
        )

    def request_recovery(self, ready_by: datetime, temperature: float) -> ProtectionState:
        """Return the state after somebody requested a temperature in °C by a time.

        If that time is near, a manual hold ends.
        """
        hold_until = self.setpoint.hold_until
        is_near = hold_until is not None and ready_by <= hold_until + LONGEST_RECOVERY
        return replace(
            self,
            recovery_request=(ready_by, temperature),
            setpoint=replace(self.setpoint, hold_until=None) if is_near else self.setpoint,
        )

    def end_hold(self) -> ProtectionState:
        """Return the state after somebody ended the manual hold or the conflict pause."""
        return replace(self, setpoint=replace(self.setpoint, hold_until=None, pause_until=None))

    def record_choice(self, at: datetime, preset: str | None, mode: str | None) -> ProtectionState:
        """Return the state after somebody chose a preset or a mode on the guard's climate entity.

        The setpoint that results from it is a request. `mode` is the thermostat's mode before.
        """
        return replace(
            self, setpoint=self.setpoint.with_choice(at, preset, mode), recovery_request=None
        )

    def withdraw_request(self, before: ProtectionState, after: ProtectionState) -> ProtectionState:
        """Return the state without a request that the thermostat refused.

        `before` and `after` are the states around the request. A newer request stays.
        """
        setpoint = self.setpoint.withdraw_request(before.setpoint, after.setpoint)
        is_withdrawn = (
            setpoint is not self.setpoint and self.recovery_request == after.recovery_request
        )
        recovery = before.recovery_request if is_withdrawn else self.recovery_request
        return replace(self, setpoint=setpoint, recovery_request=recovery)


INITIAL_PROTECTION_STATE = ProtectionState()


class SetpointReason(StrEnum):
    """Why the applied setpoint differs from the requested one, or is not limited. See Limit too."""

    NONE = "none"
    RECOVERY = "plan"
    """The setpoint is raised early, or lowered less, so that the heat pump alone is in time."""
    MANUAL_HOLD = "hand"
    """Nothing is limited, because somebody changed the setpoint manually."""
    AUX_ALLOWED = "allowed"
    """Nothing is limited, because somebody allowed aux heat."""
    CONFLICT_PAUSE = "yields"
    """Nothing is limited, because something else changed the setpoint repeatedly."""


REASONS: tuple[Limit | SetpointReason, ...] = (
    SetpointReason.NONE,
    *Limit,
    *(reason for reason in SetpointReason if reason is not SetpointReason.NONE),
)
"""Every reason a decision can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The setpoint that the thermostat should have, and why. Temperatures in °C."""

    target: float
    """The setpoint without limits."""
    applied: float
    """The setpoint that the thermostat should have."""
    limits: Mapping[Limit, float] = field(default_factory=dict)
    """The limits in force, with the highest setpoint each allows."""
    active_limit: Limit | None = None
    """The limit that determines the applied setpoint, or None."""
    requested: float | None = None
    """The setpoint requested for now."""
    hold: tuple[SetpointReason, datetime] | None = None
    """(reason, end) while nothing is limited."""
    recovery_plan: RecoveryPlan = NO_RECOVERY_PLAN
    reported_setpoint: float | None = None
    """The setpoint that the thermostat reports."""
    is_proposed: bool = False
    """Whether the applied setpoint is only proposed, to be accepted by somebody."""

    @property
    def reason(self) -> Limit | SetpointReason:
        """The reason for the applied setpoint."""
        if self.hold is not None:
            return self.hold[0]
        if self.active_limit is not None:
            return self.active_limit
        is_raised = (
            self.requested is not None and min(self.target, self.applied) > self.requested + EPSILON
        )
        return SetpointReason.RECOVERY if is_raised else SetpointReason.NONE

    @property
    def displayed_setpoint(self) -> float:
        """The setpoint shown as applied: the reported one, unless another one is proposed."""
        if self.is_proposed or self.reported_setpoint is None:
            return self.applied
        return self.reported_setpoint

    @property
    def is_as_requested(self) -> bool:
        """Whether the applied setpoint is the requested one."""
        return self.requested is not None and abs(self.applied - self.requested) < EPSILON

    @property
    def is_limited(self) -> bool:
        """Whether the applied setpoint is lower than the requested one."""
        return self.requested is not None and self.applied < self.requested - EPSILON


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlResult:
    """The outcome of a decision."""

    protection: ProtectionState
    """The state after the decision."""
    decision: Decision | None = None
    """The decision, or None if there is nothing to decide."""
    command: Command | None = None
    """The command to send to the thermostat now."""
    switch_changes: tuple[tuple[SwitchoverKind, bool], ...] = ()
    """The switches to change now, each with its new position."""
    due: datetime | None = None
    """When to decide again even if nothing changes."""
    unrestored_setpoint: float | None = None
    """The setpoint in °C that the guard left behind when it stopped, if it is restored now."""

"""What was decided on the setpoint, step by step: to explain it, and to find out what would be decided now."""

from dataclasses import dataclass

from ..model import Request
from .decision import ControlContext, ControlResult, ProtectionState


@dataclass(frozen=True, slots=True)
class TraceStep:
    """A step: what it went by, what was remembered before it, and what came of it."""

    context: ControlContext
    state_before: ProtectionState
    result: ControlResult
    request: Request | None = None
    """What somebody asked for through us: that was then decided on."""

    def differs_from(self, other: TraceStep) -> bool:
        """Tell whether something else was decided, told or shown than in an earlier step."""
        decision, before = self.result.decision, other.result.decision
        shown = self.context.setpoint, self.context.observation.thermostat.hvac_mode
        if self.result.command is not None or shown != (
            other.context.setpoint,
            other.context.observation.thermostat.hvac_mode,
        ):
            return True
        if decision is None or before is None:
            return decision is not before
        told = decision.applied, decision.reason, decision.requested
        return told != (before.applied, before.reason, before.requested)

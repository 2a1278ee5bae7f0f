"""The trace of decisions: explains them, and lets a later version recompute them."""

from dataclasses import dataclass

from ..model import Request
from .context import ControlContext
from .decision import ControlResult, ProtectionState


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """A decision with all its inputs."""

    context: ControlContext
    state_before: ProtectionState
    result: ControlResult
    request: Request | None = None
    """The request on the guard's climate entity that led to the decision, if any."""

    def differs_from(self, other: TraceStep) -> bool:
        """Return True if the decision, command or thermostat state differs from an earlier step."""
        decision, before = self.result.decision, other.result.decision
        reported = self.context.setpoint, self.context.observation.thermostat.hvac_mode
        if self.result.command is not None or reported != (
            other.context.setpoint,
            other.context.observation.thermostat.hvac_mode,
        ):
            return True
        if decision is None or before is None:
            return decision is not before
        decided = decision.applied, decision.reason, decision.requested
        return decided != (before.applied, before.reason, before.requested)

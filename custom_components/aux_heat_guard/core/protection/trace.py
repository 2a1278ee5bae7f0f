"""What was decided on the setpoint, step by step: to explain it, and to find out what would be decided now."""

from dataclasses import dataclass

from ..model import Request
from .decision import Decided, Protection, Scene


@dataclass(frozen=True, slots=True)
class Traced:
    """A step: what it went by, what was remembered before it, and what came of it."""

    scene: Scene
    before: Protection
    decided: Decided
    request: Request | None = None
    """What somebody asked for through us: that was then decided on."""

    def tells_more_than(self, last: Traced) -> bool:
        """Tell whether something else was decided, told or shown than in an earlier step."""
        decision, before = self.decided.decision, last.decided.decision
        shown = self.scene.setpoint, self.scene.observation.thermostat.mode
        if self.decided.command is not None or shown != (
            last.scene.setpoint,
            last.scene.observation.thermostat.mode,
        ):
            return True
        if decision is None or before is None:
            return decision is not before
        told = decision.applied, decision.holding, decision.requested
        return told != (before.applied, before.holding, before.requested)

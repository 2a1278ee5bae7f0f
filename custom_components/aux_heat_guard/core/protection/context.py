"""The current conditions that a protection decision depends on."""

from dataclasses import dataclass
from datetime import datetime

from ..model import Observation
from ..settings.guard import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlContext:
    """All inputs of a decision. Temperatures in °C, None if unknown."""

    observation: Observation
    settings: Settings
    outdoor: float | None
    """The outdoor temperature, if it was reported recently."""
    room: float | None
    setpoint: float | None
    """The heating setpoint the thermostat reports, or None if it does not heat."""
    is_over_budget: bool = False
    """Whether aux heat exceeds its budget more than the conditions explain."""
    aux_last_seen: datetime | None = None
    """The time at which aux heat was last on."""
    aux_allowed_until: datetime | None = None
    """The end of the time for which somebody allowed aux heat."""

    @property
    def at(self) -> datetime:
        """The current time."""
        return self.observation.at

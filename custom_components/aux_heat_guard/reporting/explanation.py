"""Steps in words and in the home's units: what a decision went by, what each limit said, what was told and what came back."""

from datetime import tzinfo

from homeassistant.core import HomeAssistant

from ..core.protection.decision import Decision
from ..core.protection.trace import Traced
from ..sources.units import home_temperature
from .export import Plain
from .messages import Texts


class Told:
    """Tells of steps."""

    def __init__(self, hass: HomeAssistant, zone: tzinfo) -> None:
        self._unit = hass.config.units.temperature_unit
        self._zone = zone
        self._texts = Texts(hass, zone)

    def step(self, step: Traced, shown_after: float | None) -> Plain:
        """Tell of one; what the thermostat showed after it, °C."""
        scene, command = step.scene, step.decided.command
        thermostat = scene.observation.thermostat
        return {
            "at": scene.at.astimezone(self._zone).isoformat(),
            "hvac_mode": thermostat.mode,
            "action": thermostat.action,
            "room": self._degrees(scene.room),
            "setpoint": self._degrees(scene.setpoint),
            "outdoor": self._degrees(scene.outdoor),
            "asked": None if step.request is None else self._degrees(step.request.temperature),
            "over_budget": scene.is_over,
            **self._decision(step.decided.decision),
            "told": None if command is None else self._degrees(command.setpoint),
            "shown_after": self._degrees(shown_after),
        }

    def _decision(self, decision: Decision | None) -> Plain:
        if decision is None:
            return {"limit": None, "reason": None}
        return {
            "requested": self._degrees(decision.requested),
            "target": self._degrees(decision.target),
            "applied": self._degrees(decision.applied),
            "limits": {
                limit.value: self._degrees(value) for limit, value in decision.limits.items()
            },
            "limit": decision.holding.value,
            "reason": self._texts.reason(decision),
        }

    def _degrees(self, celsius: float | None) -> float | None:
        return None if celsius is None else round(home_temperature(celsius, self._unit), 1)

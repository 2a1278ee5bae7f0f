"""Steps in words and in the home's units: what a decision went by, what each limit said, what was told and what came back."""

from datetime import tzinfo

from homeassistant.core import HomeAssistant

from ..core.protection.decision import Decision
from ..core.protection.trace import TraceStep
from ..sources.units import home_temperature
from .export import JsonObject
from .messages import Messages


class Explainer:
    """Tells of steps."""

    def __init__(self, hass: HomeAssistant, zone: tzinfo) -> None:
        self._unit = hass.config.units.temperature_unit
        self._zone = zone
        self._texts = Messages(hass, zone)

    def explain_step(self, step: TraceStep, setpoint_after: float | None) -> JsonObject:
        """Tell of one; what the thermostat showed after it, °C."""
        scene, command = step.context, step.result.command
        thermostat = scene.observation.thermostat
        return {
            "at": scene.at.astimezone(self._zone).isoformat(),
            "hvac_mode": thermostat.hvac_mode,
            "action": thermostat.hvac_action,
            "room": self._degrees(scene.room),
            "setpoint": self._degrees(scene.setpoint),
            "outdoor": self._degrees(scene.outdoor),
            "asked": None if step.request is None else self._degrees(step.request.temperature),
            "over_budget": scene.is_over_budget,
            **self._decision(step.result.decision),
            "told": None if command is None else self._degrees(command.setpoint),
            "shown_after": self._degrees(setpoint_after),
        }

    def _decision(self, decision: Decision | None) -> JsonObject:
        if decision is None:
            return {"limit": None, "reason": None}
        return {
            "requested": self._degrees(decision.requested),
            "target": self._degrees(decision.target),
            "applied": self._degrees(decision.applied),
            "limits": {
                limit.value: self._degrees(value) for limit, value in decision.limits.items()
            },
            "limit": decision.reason.value,
            "reason": self._texts.limit_reason(decision),
        }

    def _degrees(self, celsius: float | None) -> float | None:
        return None if celsius is None else round(home_temperature(celsius, self._unit), 1)

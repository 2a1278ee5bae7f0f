"""Steps of protection in words and in the home's units: inputs, limits, command and readback."""

from datetime import tzinfo

from homeassistant.core import HomeAssistant

from ..core.protection.decision import Decision
from ..core.protection.trace import TraceStep
from ..sources.units import home_temperature
from .export import JsonObject
from .messages import Messages


class Explainer:
    """Explains the steps of a guard."""

    def __init__(self, hass: HomeAssistant, zone: tzinfo) -> None:
        self._unit = hass.config.units.temperature_unit
        self._zone = zone
        self._messages = Messages(hass, zone)

    def explain_step(self, step: TraceStep, setpoint_after: float | None) -> JsonObject:
        """Return a step as JSON, with the setpoint in °C that the thermostat showed after it."""
        context, command = step.context, step.result.command
        thermostat = context.observation.thermostat
        return {
            "at": context.at.astimezone(self._zone).isoformat(),
            "hvac_mode": thermostat.hvac_mode,
            "action": thermostat.hvac_action,
            "room": self._degrees(context.room),
            "setpoint": self._degrees(context.setpoint),
            "outdoor": self._degrees(context.outdoor),
            "asked": None if step.request is None else self._degrees(step.request.temperature),
            "over_budget": context.is_over_budget,
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
            "reason": self._messages.limit_reason(decision),
        }

    def _degrees(self, celsius: float | None) -> float | None:
        return None if celsius is None else round(home_temperature(celsius, self._unit), 1)

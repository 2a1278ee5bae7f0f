"""Traced steps as JSON and back, for diagnostics: enough to decide again.

step: {
    "at": s, "mode": mode,
    "asked": °C | null, "asked_mode": mode | null, "asked_single": bool, "asked_cooling": °C | null,
    "observation": {...}, "is_over": bool, "last_aux": s | null, "allowed_until": s | null,
    "before": state of protection,
    "decision": {"target", "applied", "requested", "holding", "limits"} | null,
    "command": °C | null
}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..model import Author, Forecast, Grid, Mode, Observation, Request, Thermostat
from ..protection import controller
from ..protection.context import ControlContext
from ..protection.decision import ControlResult
from ..protection.trace import TraceStep
from ..sense.values import current_outdoor, plausible_temperature
from ..settings.guard import Settings
from .json_values import (
    InvalidDataError,
    Json,
    decode_instant,
    decode_list,
    decode_number,
    decode_numbers,
    decode_optional_instant,
    encode_instant,
)
from .protection import decode_protection, encode_protection


@dataclass(frozen=True, slots=True)
class TraceComparison:
    """The recorded outcome of a step, and the outcome of deciding again, as JSON."""

    at: datetime
    recorded: Json
    recomputed: Json

    @property
    def is_different(self) -> bool:
        """Whether the outcome would be different now."""
        return self.recorded != self.recomputed


def encode_trace_step(step: TraceStep) -> Json:
    """Return a step as JSON."""
    context = step.context
    return {
        "at": context.at.timestamp(),
        "mode": context.settings.mode.value,
        **_encode_request(step.request),
        "observation": _encode_observation(context.observation),
        "is_over": context.is_over_budget,
        "last_aux": encode_instant(context.aux_last_seen),
        "allowed_until": encode_instant(context.aux_allowed_until),
        "before": encode_protection(step.state_before),
        **_encode_result(step.result),
    }


def replay_trace_step(step: Mapping[str, Any], settings: Settings) -> TraceComparison:
    """Decide again in the recorded mode, with other settings.

    Raises InvalidDataError if the data is no step.
    """
    context, request = _decode_context(step, settings), _decode_request(step)
    before = decode_protection(step.get("before"))
    if request is None:
        result = controller.decide(before, context)
    else:
        result = controller.request_setpoint(before, context, request)
    return TraceComparison(
        at=context.at,
        recorded={key: step.get(key) for key in ("decision", "command")},
        recomputed=_encode_result(result),
    )


def _encode_request(request: Request | None) -> Json:
    if request is None:
        return {"asked": None}
    return {
        "asked": request.temperature,
        "asked_mode": request.hvac_mode,
        "asked_single": request.is_single,
        "asked_cooling": request.cooling_setpoint,
    }


def _decode_request(step: Mapping[str, Any]) -> Request | None:
    temperature = _optional_number(step.get("asked"))
    if temperature is None:
        return None
    return Request(
        temperature=temperature,
        hvac_mode=_optional_text(step.get("asked_mode")),
        is_single=step.get("asked_single") is True,
        cooling_setpoint=_optional_number(step.get("asked_cooling")),
    )


def _encode_result(result: ControlResult) -> Json:
    decision, command = result.decision, result.command
    return {
        "decision": None
        if decision is None
        else {
            "target": _round_degrees(decision.target),
            "applied": _round_degrees(decision.applied),
            "requested": _round_degrees(decision.requested),
            "holding": decision.reason.value,
            "limits": {
                limit.value: _round_degrees(value) for limit, value in decision.limits.items()
            },
        },
        "command": None if command is None else _round_degrees(command.setpoint),
    }


def _encode_observation(observation: Observation) -> Json:
    thermostat = observation.thermostat
    return {
        "mode": thermostat.hvac_mode,
        "action": thermostat.hvac_action,
        "room": thermostat.room,
        "setpoint": thermostat.setpoint,
        "ceiling": thermostat.max_setpoint,
        "floor": thermostat.min_setpoint,
        "cooling": thermostat.cooling_setpoint,
        "preset": thermostat.preset,
        "grid": [thermostat.grid.step, thermostat.grid.offset],
        "by_hand": thermostat.is_manual_change,
        "author": thermostat.author.value,
        "outdoor": observation.outdoor,
        "outdoor_reported": encode_instant(observation.outdoor_last_reported),
        "forecast": _encode_points(observation.forecast.hours),
        "plan": _encode_points(observation.schedule),
    }


def _decode_context(step: Mapping[str, Any], settings: Settings) -> ControlContext:
    match step:
        case {"at": at, "mode": str(mode), "observation": dict(data), "is_over": bool(is_over)} if (
            mode in Mode
        ):
            observation = _decode_observation(decode_instant(at), data)
            thermostat = observation.thermostat
            return ControlContext(
                observation=observation,
                settings=replace(settings, mode=Mode(mode)),
                outdoor=current_outdoor(observation),
                room=plausible_temperature(thermostat.room),
                setpoint=plausible_temperature(thermostat.setpoint)
                if thermostat.is_set_to_heat
                else None,
                is_over_budget=is_over,
                aux_last_seen=decode_optional_instant(step.get("last_aux")),
                aux_allowed_until=decode_optional_instant(step.get("allowed_until")),
            )
    raise InvalidDataError


def _decode_observation(at: datetime, data: Json) -> Observation:
    step, offset = decode_numbers(data.get("grid"), 2)
    author = data.get("author")
    outdoor = _optional_number(data.get("outdoor"))
    thermostat = Thermostat(
        hvac_mode=_optional_text(data.get("mode")),
        hvac_action=_optional_text(data.get("action")),
        preset=_optional_text(data.get("preset")),
        grid=Grid(step, offset),
        is_manual_change=bool(data.get("by_hand")),
        author=Author(author) if isinstance(author, str) and author in Author else Author.UNKNOWN,
        last_reported=at,
        last_changed=None,
        room=_optional_number(data.get("room")),
        setpoint=_optional_number(data.get("setpoint")),
        max_setpoint=_optional_number(data.get("ceiling")),
        min_setpoint=_optional_number(data.get("floor")),
        cooling_setpoint=_optional_number(data.get("cooling")),
    )
    return Observation(
        at=at,
        thermostat=thermostat,
        outdoor=outdoor,
        outdoor_last_reported=decode_optional_instant(data.get("outdoor_reported")),
        forecast=Forecast(_decode_points(data.get("forecast"))),
        schedule=_decode_points(data.get("plan")),
    )


def _encode_points(points: Sequence[tuple[datetime, float]]) -> list[list[float]]:
    return [[at.timestamp(), value] for at, value in points]


def _decode_points(data: object) -> tuple[tuple[datetime, float], ...]:
    return tuple(
        (decode_instant(at), decode_number(value))
        for at, value in (decode_numbers(point, 2) for point in decode_list(data))
    )


def _optional_text(value: object) -> str | None:
    if not isinstance(value, str | None):
        raise InvalidDataError
    return value


def _optional_number(value: object) -> float | None:
    return None if value is None else decode_number(value)


def _round_degrees(value: float | None) -> float | None:
    return None if value is None else round(value, 3)

"""Traced steps as JSON and back, for diagnostics: enough to decide anew.

step: {"at": s, "mode": mode, "asked": °C | null, "asked_mode": mode | null, "asked_single": bool, "asked_cooling": °C | null, "observation": {...}, "is_over": bool, "last_aux": s | null, "allowed_until": s | null, "before": protection,
    "decision": {"target", "applied", "requested", "holding", "limits"} | null, "command": °C | null}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..model import Author, Forecast, Grid, Mode, Observation, Request, Thermostat
from ..protection import controller as protect
from ..protection.decision import Decided, Scene
from ..protection.trace import Traced
from ..sense.signals import outdoor_now, temperature
from ..settings.guard import Settings
from .json_values import (
    Json,
    UnsoundError,
    instant,
    maybe_instant,
    moment,
    number,
    numbers,
    sequence,
)
from .protection import decode_protection, encode_protection


@dataclass(frozen=True, slots=True)
class Retraced:
    """A step, what was decided in it, and what would be decided now, as JSON."""

    at: datetime
    then: Json
    now: Json

    @property
    def differs(self) -> bool:
        """Whether something else would be decided."""
        return self.then != self.now


def encode_traced(step: Traced) -> Json:
    """Write a step."""
    scene = step.scene
    return {
        "at": scene.at.timestamp(),
        "mode": scene.settings.mode.value,
        **_encode_request(step.request),
        "observation": _encode_observation(scene.observation),
        "is_over": scene.is_over,
        "last_aux": moment(scene.last_aux),
        "allowed_until": moment(scene.allowed_until),
        "before": encode_protection(step.before),
        **_outcome(step.decided),
    }


def retraced(step: Mapping[str, Any], settings: Settings) -> Retraced:
    """Decide anew, in the mode of then. Raises UnsoundError where that is no step."""
    scene, before, request = (
        _decode_scene(step, settings),
        decode_protection(step.get("before")),
        _decode_request(step),
    )
    decided = (
        protect.decided(before, scene) if request is None else protect.asked(before, scene, request)
    )
    return Retraced(
        scene.at, {key: step.get(key) for key in ("decision", "command")}, _outcome(decided)
    )


def _encode_request(request: Request | None) -> Json:
    if request is None:
        return {"asked": None}
    return {
        "asked": request.temperature,
        "asked_mode": request.mode,
        "asked_single": request.single,
        "asked_cooling": request.cooling,
    }


def _decode_request(step: Mapping[str, Any]) -> Request | None:
    asked = _maybe(step.get("asked"))
    if asked is None:
        return None
    return Request(
        temperature=asked,
        mode=_text(step.get("asked_mode")),
        single=step.get("asked_single") is True,
        cooling=_maybe(step.get("asked_cooling")),
    )


def _outcome(decided: Decided) -> Json:
    decision, command = decided.decision, decided.command
    return {
        "decision": None
        if decision is None
        else {
            "target": _degrees(decision.target),
            "applied": _degrees(decision.applied),
            "requested": _degrees(decision.requested),
            "holding": decision.holding.value,
            "limits": {limit.value: _degrees(value) for limit, value in decision.limits.items()},
        },
        "command": None if command is None else _degrees(command.setpoint),
    }


def _encode_observation(seen: Observation) -> Json:
    thermostat = seen.thermostat
    return {
        "mode": thermostat.mode,
        "action": thermostat.action,
        "room": thermostat.room,
        "setpoint": thermostat.setpoint,
        "ceiling": thermostat.ceiling,
        "floor": thermostat.floor,
        "cooling": thermostat.cooling,
        "preset": thermostat.preset,
        "grid": [thermostat.grid.step, thermostat.grid.origin],
        "by_hand": thermostat.by_hand,
        "author": thermostat.author.value,
        "outdoor": seen.outdoor,
        "outdoor_reported": moment(seen.outdoor_reported),
        "forecast": _encode_points(seen.forecast.hours),
        "plan": _encode_points(seen.plan),
    }


def _decode_scene(step: Mapping[str, Any], settings: Settings) -> Scene:
    match step:
        case {"at": at, "mode": str(mode), "observation": dict(seen), "is_over": bool(is_over)} if (
            mode in Mode
        ):
            observation = _decode_observation(instant(at), seen)
            thermostat = observation.thermostat
            return Scene(
                observation,
                replace(settings, mode=Mode(mode)),
                outdoor_now(observation),
                temperature(thermostat.room),
                temperature(thermostat.setpoint) if thermostat.is_set_to_heat else None,
                is_over,
                maybe_instant(step.get("last_aux")),
                maybe_instant(step.get("allowed_until")),
            )
    raise UnsoundError


def _decode_observation(at: datetime, seen: Json) -> Observation:
    step, origin = numbers(seen.get("grid"), 2)
    author = seen.get("author")
    degrees = {
        name: _maybe(seen.get(name)) for name in ("room", "setpoint", "ceiling", "floor", "cooling")
    }
    outdoor = _maybe(seen.get("outdoor"))
    thermostat = Thermostat(
        mode=_text(seen.get("mode")),
        action=_text(seen.get("action")),
        preset=_text(seen.get("preset")),
        grid=Grid(step, origin),
        by_hand=bool(seen.get("by_hand")),
        author=Author(author) if isinstance(author, str) and author in Author else Author.UNKNOWN,
        reported=at,
        changed=None,
        **degrees,
    )
    return Observation(
        at,
        thermostat=thermostat,
        outdoor=outdoor,
        outdoor_reported=maybe_instant(seen.get("outdoor_reported")),
        forecast=Forecast(_decode_points(seen.get("forecast"))),
        plan=_decode_points(seen.get("plan")),
    )


def _encode_points(points: Sequence[tuple[datetime, float]]) -> list[list[float]]:
    return [[at.timestamp(), value] for at, value in points]


def _decode_points(data: object) -> tuple[tuple[datetime, float], ...]:
    return tuple(
        (instant(at), number(value))
        for at, value in (numbers(point, 2) for point in sequence(data))
    )


def _text(value: object) -> str | None:
    if not isinstance(value, str | None):
        raise UnsoundError
    return value


def _maybe(value: object) -> float | None:
    return None if value is None else number(value)


def _degrees(value: float | None) -> float | None:
    return None if value is None else round(value, 3)

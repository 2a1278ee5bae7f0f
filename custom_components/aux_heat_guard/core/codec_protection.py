"""What is remembered of the heating setpoint as JSON and back. What cannot be read is forgotten, part by part.

{"setpoint": {"requested": °C | null, "shown": °C | null, "told": [flight, ...], "returned": s | null, "held_until": s | null,
    "yields_until": s | null, "overturned": [s, ...], "changes": [[s, °C], ...], "scheduled": °C | null, "planned": °C | null, "pending": °C | null, "preset": text | null,
    "writes": [s, ...], "lag": s},
 "switches": {switch: [on, since s | null, seen s | null], ...}, "cap": [°C | null, since s | null, seen s | null], "overrun": [K, since s | null],
 "leash": [°C | null, widened K, resting since s | null, cold since s | null, lets go, seen s | null], "recovery": [s, °C] | null}
flight: [°C, before °C | null, s, tries, arrived, answer °C | null, resumes, origin]
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from .codec_memo import tolerant
from .decide.cap import FREE, Cap
from .decide.decision import NOTHING, Protection
from .decide.habit import Change
from .decide.leash import LOOSE, Leash
from .decide.lockout import Switchover
from .decide.overrun import WITHIN, Overrun
from .decide.setpoint import UNKNOWN, Flight, Origin, Setpoint
from .json_values import Json, UnsoundError, instant, maybe_instant, moment, number, sequence
from .model import Switch
from .protect_settings import ECHO_LONGEST, OVERRUN_MOST
from .settings import PLAUSIBLE_TEMPERATURE

DECIMALS = 7
"""Of degrees: what is told in °F and kept in °C must be the same again, by the tolerance of all comparisons."""
LONGEST_PRESET = 100


def encode_protection(protection: Protection) -> Json:
    """Write what is remembered of the setpoint."""
    cap, overrun, recovery = protection.cap, protection.overrun, protection.recovery
    return {
        "setpoint": _encode_setpoint(protection.setpoint),
        "cap": [_degrees(cap.outdoor), moment(cap.since), moment(cap.seen)],
        "overrun": [_degrees(overrun.lowered), moment(overrun.since)],
        "leash": _encode_leash(protection.leash),
        "switches": {switch.value: [one.on, moment(one.since), moment(one.seen)] for switch, one in protection.switches.items()},
        "recovery": None if recovery is None else [recovery[0].timestamp(), _degrees(recovery[1])],
    }


def decode_protection(data: object) -> Protection:
    """Read what is remembered of the setpoint."""
    if not isinstance(data, Mapping):
        return NOTHING
    return Protection(
        tolerant(_decode_cap, data.get("cap"), FREE),
        tolerant(_decode_leash, data.get("leash"), LOOSE),
        tolerant(_decode_overrun, data.get("overrun"), WITHIN),
        tolerant(_decode_setpoint, data.get("setpoint"), UNKNOWN),
        switches=_decode_switches(data.get("switches")),
        recovery=tolerant(_decode_point, data.get("recovery"), None),
    )


def _encode_setpoint(setpoint: Setpoint) -> Json:
    return {
        "requested": _degrees(setpoint.requested),
        "shown": _degrees(setpoint.shown),
        "told": [_encode_flight(flight) for flight in setpoint.flights],
        "returned": moment(setpoint.returned),
        "held_until": moment(setpoint.held_until),
        "yields_until": moment(setpoint.yields_until),
        "overturned": [at.timestamp() for at in setpoint.overturned],
        "changes": [[int(change.at.timestamp()), _degrees(change.value)] for change in setpoint.changes],
        "scheduled": _degrees(setpoint.scheduled),
        "planned": _degrees(setpoint.planned),
        "pending": _degrees(setpoint.pending),
        "preset": setpoint.preset,
        "writes": [int(at.timestamp()) for at in setpoint.writes],
        "lag": setpoint.lag.total_seconds(),
    }


def _decode_setpoint(data: object) -> Setpoint:
    match data:
        case {"requested": requested, "shown": shown, "told": told, "preset": str() | None as preset, "lag": lag, **more}:
            return Setpoint(
                _maybe_degrees(requested),
                _maybe_degrees(shown),
                tuple(_decode_flight(flight) for flight in sequence(told)),
                maybe_instant(more.get("returned")),
                maybe_instant(more.get("held_until")),
                maybe_instant(more.get("yields_until")),
                tuple(instant(at) for at in sequence(more.get("overturned", []))),
                tuple(Change(*_decode_point(change)) for change in sequence(more.get("changes", []))),
                _maybe_degrees(more.get("scheduled")),
                _maybe_degrees(more.get("planned")),
                _maybe_degrees(more.get("pending")),
                None if preset is None else preset[:LONGEST_PRESET],
                tuple(instant(at) for at in sequence(more.get("writes", []))),
                timedelta(seconds=min(max(number(lag), 0.0), ECHO_LONGEST.total_seconds())),
            )
    raise UnsoundError


def _encode_flight(flight: Flight) -> list[Any]:
    degrees = (_degrees(flight.value), _degrees(flight.before), _degrees(flight.answer))
    return [
        degrees[0],
        degrees[1],
        flight.at.timestamp(),
        flight.tries,
        flight.arrived,
        degrees[2],
        flight.resumes,
        flight.origin.value,
    ]


def _decode_flight(data: object) -> Flight:
    match data:
        case [value, before, at, int(tries), bool(arrived), answer, bool(resumes), str(origin)] if origin in Origin:
            degrees = (_setpoint(value), _maybe_degrees(before), _maybe_degrees(answer))
            return Flight(degrees[0], degrees[1], instant(at), tries, arrived, degrees[2], resumes, Origin(origin))
    raise UnsoundError


def _decode_switches(data: object) -> dict[Switch, Switchover]:
    named = data.items() if isinstance(data, Mapping) else ()
    read = {Switch(name): tolerant(_decode_switch, one, None) for name, one in named if name in Switch}
    return {switch: one for switch, one in read.items() if one is not None}


def _decode_switch(data: object) -> Switchover:
    match data:
        case [bool(on), since, seen]:
            return Switchover(on, maybe_instant(since), maybe_instant(seen))
    raise UnsoundError


def _decode_cap(data: object) -> Cap:
    match data:
        case [outdoor, since, seen]:
            return Cap(_maybe_degrees(outdoor), maybe_instant(since), maybe_instant(seen))
    raise UnsoundError


def _encode_leash(leash: Leash) -> list[Any]:
    since = (moment(leash.resting_since), moment(leash.cold_since))
    return [_degrees(leash.value), _degrees(leash.widened), *since, leash.lets_go, moment(leash.seen)]


def _decode_leash(data: object) -> Leash:
    match data:
        case [value, widened, resting, cold, bool(lets_go), seen]:
            return Leash(
                _maybe_degrees(value), _lowered(widened), maybe_instant(resting), maybe_instant(cold), lets_go, maybe_instant(seen)
            )
    raise UnsoundError


def _decode_overrun(data: object) -> Overrun:
    match data:
        case [lowered, since]:
            return Overrun(_lowered(lowered), maybe_instant(since))
    raise UnsoundError


def _decode_point(data: object) -> tuple[datetime, float]:
    match data:
        case [at, value]:
            return instant(at), _setpoint(value)
    raise UnsoundError


def _lowered(value: object) -> float:
    lowered = number(value)
    if not 0 <= lowered <= OVERRUN_MOST * 2:
        raise UnsoundError
    return lowered


def _setpoint(value: object) -> float:
    degrees = number(value)
    if not PLAUSIBLE_TEMPERATURE[0] <= degrees <= PLAUSIBLE_TEMPERATURE[1]:
        raise UnsoundError
    return degrees


def _maybe_degrees(value: object) -> float | None:
    return None if value is None else _setpoint(value)


def _degrees(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)

"""What is remembered of the heating setpoint as JSON and back.

Every record is written by field name, and read field by field: one that is missing, unknown or unsound never loses its
neighbors. Instants are seconds since 1970, temperatures °C, differences K, durations seconds.

{"setpoint": fields of Setpoint, with the flights under "told", "cap": fields of Cap, "leash": fields of Leash,
 "overrun": fields of Overrun, "switches": {switch: fields of Switchover, ...}, "recovery": [s, °C] | null}

Earlier versions wrote flights, cap, leash, overrun and switches as lists, in the order of the columns below. They are read
for ever.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

from ..model import Switch
from ..protection.decision import NOTHING, Protection
from ..protection.limits.budget_setback import WITHIN, Overrun
from ..protection.limits.cap import FREE, Cap
from ..protection.limits.ramp_limit import LOOSE, Leash
from ..protection.schedule_learning import Change
from ..protection.setpoint import Flight, Origin, Provisional, Setpoint
from ..protection.switchover import Switchover
from ..settings.guard import PLAUSIBLE_TEMPERATURE
from ..settings.protection import ECHO_LONGEST, ECHO_WITHIN, OVERRUN_MOST
from .json_values import Json, UnsoundError, instant, number, sequence
from .tracker import tolerant

DECIMALS = 7
"""Of degrees: what is told in °F and kept in °C must be the same again, by the tolerance of all comparisons."""

LONGEST_PRESET = 100

WIDEST = 10.0
"""K. A ramp limit is never widened beyond a thermostat's droop, which is at most that."""

type Reader = Callable[[object], Any]

FLIGHT_COLUMNS = ("value", "before", "at", "tries", "arrived", "answer", "resumes", "origin")
CAP_COLUMNS = ("outdoor", "since", "seen")
LEASH_COLUMNS = ("value", "widened", "resting_since", "cold_since", "lets_go", "seen")
OVERRUN_COLUMNS = ("lowered", "since")
SWITCH_COLUMNS = ("on", "since", "seen")


def encode_protection(protection: Protection) -> Json:
    """Write what is remembered of the setpoint."""
    recovery = protection.recovery
    return {
        "setpoint": _encode_setpoint(protection.setpoint),
        "cap": _encode(protection.cap),
        "overrun": _encode(protection.overrun),
        "leash": _encode(protection.leash),
        "switches": {switch.value: _encode(one) for switch, one in protection.switches.items()},
        "recovery": None if recovery is None else [recovery[0].timestamp(), _degrees(recovery[1])],
    }


def decode_protection(data: object) -> Protection:
    """Read what is remembered of the setpoint."""
    if not isinstance(data, Mapping):
        return NOTHING
    return Protection(
        cap=_decode(Cap, data.get("cap"), CAP, CAP_COLUMNS) or FREE,
        leash=_decode(Leash, data.get("leash"), LEASH, LEASH_COLUMNS) or LOOSE,
        overrun=_decode(Overrun, data.get("overrun"), OVERRUN, OVERRUN_COLUMNS) or WITHIN,
        setpoint=_decode_setpoint(data.get("setpoint")),
        switches=_decode_switches(data.get("switches")),
        recovery=tolerant(_point, data.get("recovery"), None),
    )


def _encode_setpoint(setpoint: Setpoint) -> Json:
    encoded = _encode(setpoint)
    return {"told": encoded.pop("flights", []), **encoded}


def _encode(record: Any) -> Json:  # noqa: ANN401 -- any record of plain fields
    """Write those fields of a record that are not as they are by default."""
    named = ((field, getattr(record, field.name)) for field in fields(record))
    return {field.name: _plain(value) for field, value in named if value != field.default}


def _plain(value: Any) -> Any:  # noqa: ANN401 -- whatever a field holds
    """Write a value of a field as JSON has it."""
    match value:
        case float():
            return _degrees(value)
        case datetime():
            return value.timestamp()
        case timedelta():
            return value.total_seconds()
        case Change():
            return [int(value.at.timestamp()), _degrees(value.value)]
        case tuple():
            return [_plain(item) for item in value]
    return _encode(value) if is_dataclass(value) else value


def _decode_setpoint(data: object) -> Setpoint:
    if not isinstance(data, Mapping):
        return Setpoint()
    read = _read({**data, "flights": data.get("told")}, SETPOINT)
    returned = tolerant(instant, data.get("returned"), None)
    if returned is not None and read.get("provisional") is None:
        # As earlier versions remembered it.
        read["provisional"] = Provisional(
            first=returned, began=returned, settles=returned + ECHO_WITHIN
        )
    return Setpoint(**read)


def _decode[RecordT](
    record: Callable[..., RecordT],
    data: object,
    readers: Mapping[str, Reader],
    columns: tuple[str, ...],
) -> RecordT | None:
    """Read a record; None where there is none, or not all that it must have."""
    named = dict(zip(columns, data, strict=False)) if isinstance(data, list) else data
    if not isinstance(named, Mapping):
        return None
    try:
        return record(**_read(named, readers))
    except TypeError:
        return None


def _read(data: Mapping[Any, object], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Read those fields that can be read."""
    read = dict[str, Any]()
    for name, reader in readers.items():
        try:
            if name in data:
                read[name] = reader(data[name])
        except UnsoundError:
            continue
    return read


def _decode_switches(data: object) -> dict[Switch, Switchover]:
    named = data.items() if isinstance(data, Mapping) else ()
    read = {
        Switch(name): _decode(Switchover, one, SWITCH, SWITCH_COLUMNS)
        for name, one in named
        if name in Switch
    }
    return {switch: one for switch, one in read.items() if one is not None}


def _items[ItemT](read: Callable[[object], ItemT]) -> Callable[[object], tuple[ItemT, ...]]:
    """Return a reader of lists that leaves out what it cannot read."""

    def items(data: object) -> tuple[ItemT, ...]:
        found = [tolerant(read, item, None) for item in sequence(data)]
        return tuple(item for item in found if item is not None)

    return items


def _flight(data: object) -> Flight:
    flight = _decode(Flight, data, FLIGHT, FLIGHT_COLUMNS)
    if flight is None:
        raise UnsoundError
    return flight


def _provisional(data: object) -> Provisional | None:
    return _decode(Provisional, data, PROVISIONAL, ())


def _maybe[ValueT](read: Callable[[object], ValueT]) -> Callable[[object], ValueT | None]:
    return lambda value: None if value is None else read(value)


def _point(data: object) -> tuple[datetime, float]:
    match data:
        case [at, value]:
            return instant(at), _setpoint(value)
    raise UnsoundError


def _change(data: object) -> Change:
    return Change(*_point(data))


def _setpoint(value: object) -> float:
    return _within(number(value), *PLAUSIBLE_TEMPERATURE)


def _lowered(value: object) -> float:
    return _within(number(value), 0, OVERRUN_MOST * 2)


def _widened(value: object) -> float:
    return _within(number(value), 0, WIDEST)


def _within(value: float, lowest: float, highest: float) -> float:
    if not lowest <= value <= highest:
        raise UnsoundError
    return value


def _lag(value: object) -> timedelta:
    return timedelta(seconds=min(max(number(value), 0.0), ECHO_LONGEST.total_seconds()))


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise UnsoundError
    return value


def _tries(value: object) -> int:
    return int(_within(number(value), 1, 1e6))


def _preset(value: object) -> str:
    if not isinstance(value, str):
        raise UnsoundError
    return value[:LONGEST_PRESET]


def _origin(value: object) -> Origin:
    if not isinstance(value, str) or value not in Origin:
        raise UnsoundError
    return Origin(value)


def _degrees(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)


FLIGHT: Mapping[str, Reader] = {
    "value": _setpoint,
    "before": _maybe(_setpoint),
    "at": instant,
    "tries": _tries,
    "arrived": _flag,
    "answer": _maybe(_setpoint),
    "answered": _maybe(instant),
    "resumes": _flag,
    "origin": _origin,
    "as_range": _flag,
    "is_split": _flag,
}
PROVISIONAL: Mapping[str, Reader] = {"first": instant, "began": instant, "settles": instant}
CAP: Mapping[str, Reader] = {
    "outdoor": _maybe(_setpoint),
    "since": _maybe(instant),
    "seen": _maybe(instant),
}
LEASH: Mapping[str, Reader] = {
    "value": _maybe(_setpoint),
    "widened": _widened,
    "resting_since": _maybe(instant),
    "cold_since": _maybe(instant),
    "lets_go": _flag,
    "seen": _maybe(instant),
}
OVERRUN: Mapping[str, Reader] = {"lowered": _lowered, "since": _maybe(instant)}
SWITCH: Mapping[str, Reader] = {"on": _flag, "since": _maybe(instant), "seen": _maybe(instant)}
SETPOINT: Mapping[str, Reader] = {
    "requested": _maybe(_setpoint),
    "single": _flag,
    "shown": _maybe(_setpoint),
    "flights": _items(_flight),
    "provisional": _maybe(_provisional),
    "held_until": _maybe(instant),
    "yields_until": _maybe(instant),
    "overturned": _items(instant),
    "changes": _items(_change),
    "scheduled": _maybe(_setpoint),
    "planned": _maybe(_setpoint),
    "pending": _maybe(_setpoint),
    "cooling": _maybe(_setpoint),
    "cooling_before": _maybe(_setpoint),
    "choice_until": _maybe(instant),
    "chosen_preset": _maybe(_preset),
    "chosen_in": _maybe(_preset),
    "preset": _maybe(_preset),
    "presets": _items(_preset),
    "preset_at": _maybe(instant),
    "is_preset_back": _flag,
    "writes": _items(instant),
    "lag": _lag,
    "ended": _maybe(_setpoint),
    "is_unseen": _flag,
    "seen_again": _maybe(instant),
    "left_behind": _flag,
    "skips_turn": _flag,
    "last_cooled": _flag,
}

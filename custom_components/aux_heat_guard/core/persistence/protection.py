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

from ..model import SwitchoverKind
from ..protection.decision import INITIAL_PROTECTION_STATE, ProtectionState
from ..protection.limits.budget_setback import NO_BUDGET_SETBACK, BudgetSetback
from ..protection.limits.cap import NO_CAP, Cap
from ..protection.limits.ramp_limit import NO_RAMP_LIMIT, RampLimit
from ..protection.schedule_learning import ObservedChange
from ..protection.setpoint import PendingWrite, ProvisionalChange, Setpoint, WriteOrigin
from ..protection.switchover import SwitchoverState
from ..settings.guard import PLAUSIBLE_TEMPERATURE
from ..settings.protection import MAX_BUDGET_SETBACK, MAX_READBACK_WINDOW, READBACK_WINDOW
from .json_values import InvalidDataError, Json, decode_instant, decode_list, decode_number
from .tracker import decode_or_default

DECIMALS = 7
"""Of degrees: what is told in °F and kept in °C must be the same again, by the tolerance of all comparisons."""

MAX_PRESET_LENGTH = 100

MAX_WIDENING = 10.0
"""K. A ramp limit is never widened beyond a thermostat's droop, which is at most that."""

type Reader = Callable[[object], Any]

PENDING_WRITE_COLUMNS = ("value", "before", "at", "tries", "arrived", "answer", "resumes", "origin")
CAP_COLUMNS = ("outdoor", "since", "seen")
RAMP_LIMIT_COLUMNS = ("value", "widened", "resting_since", "cold_since", "lets_go", "seen")
BUDGET_SETBACK_COLUMNS = ("lowered", "since")
SWITCHOVER_COLUMNS = ("on", "since", "seen")


def encode_protection(protection: ProtectionState) -> Json:
    """Write what is remembered of the setpoint."""
    recovery = protection.recovery_request
    return {
        "setpoint": _encode_setpoint(protection.setpoint),
        "cap": _encode(protection.cap),
        "overrun": _encode(protection.budget_setback),
        "leash": _encode(protection.ramp_limit),
        "switches": {switch.value: _encode(one) for switch, one in protection.switchovers.items()},
        "recovery": None
        if recovery is None
        else [recovery[0].timestamp(), _round_degrees(recovery[1])],
    }


def decode_protection(data: object) -> ProtectionState:
    """Read what is remembered of the setpoint."""
    if not isinstance(data, Mapping):
        return INITIAL_PROTECTION_STATE
    return ProtectionState(
        cap=_decode(Cap, data.get("cap"), CAP_READERS, CAP_COLUMNS) or NO_CAP,
        ramp_limit=_decode(RampLimit, data.get("leash"), RAMP_LIMIT_READERS, RAMP_LIMIT_COLUMNS)
        or NO_RAMP_LIMIT,
        budget_setback=_decode(
            BudgetSetback, data.get("overrun"), BUDGET_SETBACK_READERS, BUDGET_SETBACK_COLUMNS
        )
        or NO_BUDGET_SETBACK,
        setpoint=_decode_setpoint(data.get("setpoint")),
        switchovers=_decode_switches(data.get("switches")),
        recovery_request=decode_or_default(_read_point, data.get("recovery"), None),
    )


def _encode_setpoint(setpoint: Setpoint) -> Json:
    encoded = _encode(setpoint)
    return {"told": encoded.pop("told", []), **encoded}


def _encode(record: Any) -> Json:  # noqa: ANN401 -- any record of plain fields
    """Write those fields of a record that are not as they are by default."""
    named = ((field, getattr(record, field.name)) for field in fields(record))
    keys = STORED_KEYS.get(type(record), {})
    return {
        keys.get(field.name, field.name): _to_json(value)
        for field, value in named
        if value != field.default
    }


def _to_json(value: Any) -> Any:  # noqa: ANN401 -- whatever a field holds
    """Write a value of a field as JSON has it."""
    match value:
        case float():
            return _round_degrees(value)
        case datetime():
            return value.timestamp()
        case timedelta():
            return value.total_seconds()
        case ObservedChange():
            return [int(value.at.timestamp()), _round_degrees(value.value)]
        case tuple():
            return [_to_json(item) for item in value]
    return _encode(value) if is_dataclass(value) else value


def _decode_setpoint(data: object) -> Setpoint:
    if not isinstance(data, Mapping):
        return Setpoint()
    read = _read_fields(Setpoint, data, SETPOINT_READERS)
    returned = decode_or_default(decode_instant, data.get("returned"), None)
    if returned is not None and read.get("provisional") is None:
        # As earlier versions remembered it.
        read["provisional"] = ProvisionalChange(
            first_seen_at=returned, began_at=returned, settles_at=returned + READBACK_WINDOW
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
        return record(**_read_fields(record, named, readers))
    except TypeError:
        return None


def _read_fields(
    record: Callable[..., object], data: Mapping[Any, object], readers: Mapping[str, Reader]
) -> dict[str, Any]:
    """Return the fields of a record that can be read, by field name."""
    read = dict[str, Any]()
    keys = STORED_KEYS.get(record, {})
    for name, reader in readers.items():
        key = keys.get(name, name)
        try:
            if key in data:
                read[name] = reader(data[key])
        except InvalidDataError:
            continue
    return read


def _decode_switches(data: object) -> dict[SwitchoverKind, SwitchoverState]:
    named = data.items() if isinstance(data, Mapping) else ()
    read = {
        SwitchoverKind(name): _decode(SwitchoverState, one, SWITCHOVER_READERS, SWITCHOVER_COLUMNS)
        for name, one in named
        if name in SwitchoverKind
    }
    return {switch: one for switch, one in read.items() if one is not None}


def _list_reader[ItemT](read: Callable[[object], ItemT]) -> Callable[[object], tuple[ItemT, ...]]:
    """Return a reader of lists that leaves out what it cannot read."""

    def items(data: object) -> tuple[ItemT, ...]:
        found = [decode_or_default(read, item, None) for item in decode_list(data)]
        return tuple(item for item in found if item is not None)

    return items


def _read_pending_write(data: object) -> PendingWrite:
    flight = _decode(PendingWrite, data, PENDING_WRITE_READERS, PENDING_WRITE_COLUMNS)
    if flight is None:
        raise InvalidDataError
    return flight


def _read_provisional(data: object) -> ProvisionalChange | None:
    return _decode(ProvisionalChange, data, PROVISIONAL_READERS, ())


def _optional_reader[ValueT](read: Callable[[object], ValueT]) -> Callable[[object], ValueT | None]:
    return lambda value: None if value is None else read(value)


def _read_point(data: object) -> tuple[datetime, float]:
    match data:
        case [at, value]:
            return decode_instant(at), _read_temperature(value)
    raise InvalidDataError


def _read_change(data: object) -> ObservedChange:
    return ObservedChange(*_read_point(data))


def _read_temperature(value: object) -> float:
    return _check_range(decode_number(value), *PLAUSIBLE_TEMPERATURE)


def _read_setback(value: object) -> float:
    return _check_range(decode_number(value), 0, MAX_BUDGET_SETBACK * 2)


def _read_widening(value: object) -> float:
    return _check_range(decode_number(value), 0, MAX_WIDENING)


def _check_range(value: float, lowest: float, highest: float) -> float:
    if not lowest <= value <= highest:
        raise InvalidDataError
    return value


def _read_lag(value: object) -> timedelta:
    return timedelta(
        seconds=min(max(decode_number(value), 0.0), MAX_READBACK_WINDOW.total_seconds())
    )


def _read_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidDataError
    return value


def _read_tries(value: object) -> int:
    return int(_check_range(decode_number(value), 1, 1e6))


def _read_preset(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidDataError
    return value[:MAX_PRESET_LENGTH]


def _read_origin(value: object) -> WriteOrigin:
    if not isinstance(value, str) or value not in WriteOrigin:
        raise InvalidDataError
    return WriteOrigin(value)


def _round_degrees(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)


STORED_KEYS: Mapping[Callable[..., object], Mapping[str, str]] = {
    Setpoint: {
        "reported": "shown",
        "pending_writes": "told",
        "hold_until": "held_until",
        "pause_until": "yields_until",
        "conflicts": "overturned",
        "deferred_schedule": "planned",
        "requested_while_off": "pending",
        "requested_cooling": "cooling",
        "cooling_before_request": "cooling_before",
        "mode_before_choice": "chosen_in",
        "preset_to_restore": "preset",
        "recent_presets": "presets",
        "preset_changed_at": "preset_at",
        "is_previous_preset": "is_preset_back",
        "write_times": "writes",
        "deviating_readback": "ended",
        "has_outage": "is_unseen",
        "outage_ended_at": "seen_again",
        "is_restore_unconfirmed": "left_behind",
        "skips_write_interval": "skips_turn",
        "was_cooling_last": "last_cooled",
    },
    PendingWrite: {
        "reported_before": "before",
        "readback": "answer",
        "readback_at": "answered",
        "resumes_program": "resumes",
    },
    ProvisionalChange: {
        "first_seen_at": "first",
        "began_at": "began",
        "settles_at": "settles",
    },
    Cap: {
        "outdoor_seen_at": "seen",
    },
    RampLimit: {
        "widened_by": "widened",
        "is_backstop_active": "lets_go",
        "room_seen_at": "seen",
    },
    BudgetSetback: {
        "lowered_by": "lowered",
    },
    SwitchoverState: {
        "is_on": "on",
        "outdoor_seen_at": "seen",
    },
}
"""The keys of fields that are stored under an older name: a file that was written before a field was renamed is read for ever."""

PENDING_WRITE_READERS: Mapping[str, Reader] = {
    "value": _read_temperature,
    "reported_before": _optional_reader(_read_temperature),
    "at": decode_instant,
    "tries": _read_tries,
    "arrived": _read_flag,
    "readback": _optional_reader(_read_temperature),
    "readback_at": _optional_reader(decode_instant),
    "resumes_program": _read_flag,
    "origin": _read_origin,
    "as_range": _read_flag,
    "is_split": _read_flag,
}
PROVISIONAL_READERS: Mapping[str, Reader] = {
    "first_seen_at": decode_instant,
    "began_at": decode_instant,
    "settles_at": decode_instant,
}
CAP_READERS: Mapping[str, Reader] = {
    "outdoor": _optional_reader(_read_temperature),
    "since": _optional_reader(decode_instant),
    "outdoor_seen_at": _optional_reader(decode_instant),
}
RAMP_LIMIT_READERS: Mapping[str, Reader] = {
    "value": _optional_reader(_read_temperature),
    "widened_by": _read_widening,
    "resting_since": _optional_reader(decode_instant),
    "cold_since": _optional_reader(decode_instant),
    "is_backstop_active": _read_flag,
    "room_seen_at": _optional_reader(decode_instant),
}
BUDGET_SETBACK_READERS: Mapping[str, Reader] = {
    "lowered_by": _read_setback,
    "since": _optional_reader(decode_instant),
}
SWITCHOVER_READERS: Mapping[str, Reader] = {
    "is_on": _read_flag,
    "since": _optional_reader(decode_instant),
    "outdoor_seen_at": _optional_reader(decode_instant),
}
SETPOINT_READERS: Mapping[str, Reader] = {
    "requested": _optional_reader(_read_temperature),
    "single": _read_flag,
    "reported": _optional_reader(_read_temperature),
    "pending_writes": _list_reader(_read_pending_write),
    "provisional": _optional_reader(_read_provisional),
    "hold_until": _optional_reader(decode_instant),
    "pause_until": _optional_reader(decode_instant),
    "conflicts": _list_reader(decode_instant),
    "changes": _list_reader(_read_change),
    "scheduled": _optional_reader(_read_temperature),
    "deferred_schedule": _optional_reader(_read_temperature),
    "requested_while_off": _optional_reader(_read_temperature),
    "requested_cooling": _optional_reader(_read_temperature),
    "cooling_before_request": _optional_reader(_read_temperature),
    "choice_until": _optional_reader(decode_instant),
    "chosen_preset": _optional_reader(_read_preset),
    "mode_before_choice": _optional_reader(_read_preset),
    "preset_to_restore": _optional_reader(_read_preset),
    "recent_presets": _list_reader(_read_preset),
    "preset_changed_at": _optional_reader(decode_instant),
    "is_previous_preset": _read_flag,
    "write_times": _list_reader(decode_instant),
    "lag": _read_lag,
    "deviating_readback": _optional_reader(_read_temperature),
    "has_outage": _read_flag,
    "outage_ended_at": _optional_reader(decode_instant),
    "is_restore_unconfirmed": _read_flag,
    "skips_write_interval": _read_flag,
    "was_cooling_last": _read_flag,
}

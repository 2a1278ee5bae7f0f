"""The state of protection as JSON, and back.

Every record is written by field name, and read field by field: a missing, unknown or invalid field
never loses its neighbors. Times are seconds since 1970, temperatures °C, differences K, durations
seconds.

{"setpoint": fields of Setpoint, with the pending writes under "told",
 "cap": fields of Cap, "overrun": fields of BudgetSetback, "leash": fields of RampLimit,
 and so on for each limit, "switches": {switch: fields of SwitchoverState, ...},
 "recovery": [s, °C] | null}

Some fields are stored under an older name: see STORED_KEYS, and STORED of each limit. Earlier
versions wrote pending writes, limits and switches as lists, in the order of their columns. These
stay readable.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

from ..model import SwitchoverKind
from ..protection.decision import INITIAL_PROTECTION_STATE, ProtectionState
from ..protection.limits.base import LimitState, StoredField, StoredKind
from ..protection.limits.registry import LIMITS
from ..protection.schedule_learning import ObservedChange
from ..protection.setpoint import PendingWrite, ProvisionalChange, Setpoint, WriteOrigin
from ..protection.switchover import SwitchoverState
from ..settings.guard import PLAUSIBLE_TEMPERATURE
from ..settings.protection import MAX_READBACK_WINDOW, READBACK_WINDOW
from .json_values import InvalidDataError, Json, decode_instant, decode_list, decode_number
from .tracker import decode_or_default

DECIMALS = 7
"""Decimals of degrees: a setpoint in °F that is stored in °C must compare equal afterwards."""

MAX_PRESET_LENGTH = 100

type Reader = Callable[[object], Any]

PENDING_WRITE_COLUMNS = ("value", "before", "at", "tries", "arrived", "answer", "resumes", "origin")
SWITCHOVER_COLUMNS = ("on", "since", "seen")


def encode_protection(protection: ProtectionState) -> Json:
    """Return the state of protection as JSON."""
    recovery = protection.recovery_request
    return {
        "setpoint": _encode_setpoint(protection.setpoint),
        **{limit.value: _encode(state) for limit, state in protection.limits.items()},
        "switches": {kind.value: _encode(one) for kind, one in protection.switchovers.items()},
        "recovery": None
        if recovery is None
        else [recovery[0].timestamp(), _round_degrees(recovery[1])],
    }


def decode_protection(data: object) -> ProtectionState:
    """Return the stored state of protection. What cannot be read has its default."""
    if not isinstance(data, Mapping):
        return INITIAL_PROTECTION_STATE
    return ProtectionState(
        limits={
            limit: _decode_limit(state, data.get(limit.value)) for limit, state in LIMITS.items()
        },
        setpoint=_decode_setpoint(data.get("setpoint")),
        switchovers=_decode_switches(data.get("switches")),
        recovery_request=decode_or_default(_read_point, data.get("recovery"), None),
    )


def _decode_limit(record: type[LimitState], data: object) -> LimitState:
    """Return the stored state of a limit, or its initial state."""
    readers = {name: _field_reader(stored) for name, stored in record.STORED.items()}
    columns = tuple(stored.key or name for name, stored in record.STORED.items())
    return _decode(record, data, readers, columns) or record()


def _field_reader(stored: StoredField) -> Reader:
    """Return the reader of a field of a limit."""
    match stored.kind:
        case StoredKind.TEMPERATURE:
            return _optional_reader(_read_temperature)
        case StoredKind.INSTANT:
            return _optional_reader(decode_instant)
        case StoredKind.FLAG:
            return _read_flag
    return lambda value: _check_range(decode_number(value), 0, stored.highest)


def _stored_keys(record: Callable[..., object]) -> Mapping[str, str]:
    """Return the stored keys of the fields of a record that are stored under another name."""
    if isinstance(record, type) and issubclass(record, LimitState):
        return {name: stored.key for name, stored in record.STORED.items() if stored.key}
    return STORED_KEYS.get(record, {})


def _encode_setpoint(setpoint: Setpoint) -> Json:
    encoded = _encode(setpoint)
    return {"told": encoded.pop("told", []), **encoded}


def _encode(record: Any) -> Json:  # noqa: ANN401 -- any record of plain fields
    """Return the fields of a record that differ from their defaults."""
    named = ((field, getattr(record, field.name)) for field in fields(record))
    keys = _stored_keys(type(record))
    return {
        keys.get(field.name, field.name): _to_json(value)
        for field, value in named
        if value != field.default
    }


def _to_json(value: Any) -> Any:  # noqa: ANN401 -- whatever a field holds
    """Return the value of a field as JSON."""
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
        # Earlier versions stored a provisional change as the time of its first report.
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
    """Return a stored record, or None if it is missing or incomplete."""
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
    keys = _stored_keys(record)
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
    """Return a reader of lists that skips invalid items."""

    def items(data: object) -> tuple[ItemT, ...]:
        decoded = [decode_or_default(read, item, None) for item in decode_list(data)]
        return tuple(item for item in decoded if item is not None)

    return items


def _read_pending_write(data: object) -> PendingWrite:
    write = _decode(PendingWrite, data, PENDING_WRITE_READERS, PENDING_WRITE_COLUMNS)
    if write is None:
        raise InvalidDataError
    return write


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
    SwitchoverState: {
        "is_on": "on",
        "outdoor_seen_at": "seen",
    },
}
"""The fields that are stored under an older name: files written before a rename stay readable."""

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

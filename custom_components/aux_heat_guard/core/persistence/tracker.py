"""The state of the tracker without the ledger, as JSON and back.

    meter: [power W, count kWh, read at s], followed after a jump of the counter by
        [..., previous count kWh, jumped at s, counted since kWh]
    tally: [rest s, rest before s, air s, mild s, mild s of the run, well since s | null,
        age of the filter s, standstill]
    standstill: [missed calls s, strips s, proven s]
    circumstances: {"levels": [[s, °C], ...], "raised": [s, by hand, recovered s | null] | null,
        "flags": [emergency, alone, defrosting, near, idles with aux heat, room known],
        "idle_since": s | null, "compressor": measured to run | null, "room_unseen"}

Earlier versions wrote no standstill, no age of the filter, and neither of the last two of
circumstances. An invalid meter makes the whole ledger invalid, because the ledger depends on the
meter. Everything else is dropped if it is invalid.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..account.causes import Circumstances, SetpointRaise
from ..account.counters import Counters
from ..account.energy import MeterState
from ..account.standstill import NO_STANDSTILL, Standstill
from .json_values import (
    MAX_SECONDS,
    InvalidDataError,
    Json,
    decode_instant,
    decode_number,
    decode_numbers,
    decode_optional_instant,
    encode_instant,
    limit_number,
)

DECIMALS = 3
"""The decimals of seconds and degrees that no displayed figure depends on."""


def decode_or_default[T](decode: Callable[[object], T], data: object, default: T) -> T:
    """Decode data, or return the default if the data are missing or invalid."""
    try:
        return default if data is None else decode(data)
    except InvalidDataError:
        return default


def encode_meter(meter: MeterState) -> list[float | None]:
    """Return the state of a meter as JSON."""
    power, count = (
        None if value is None else limit_number(value) for value in (meter.power, meter.count)
    )
    reading = [power, count, encode_instant(meter.read_at)]
    if meter.previous_count is None:
        return reading
    return [
        *reading,
        limit_number(meter.previous_count),
        encode_instant(meter.jumped_at),
        limit_number(meter.counted_since_jump),
    ]


def decode_meter(data: object) -> MeterState:
    """Decode the state of a meter. Raises InvalidDataError."""
    match data:
        case [power, count, read_at]:
            watts, kwh = (
                None if value is None else decode_number(value) for value in (power, count)
            )
            return MeterState(power=watts, count=kwh, read_at=decode_optional_instant(read_at))
        case [power, count, read_at, level, left_at, counted]:
            now = decode_meter([power, count, read_at])
            return replace(
                now,
                previous_count=decode_number(level),
                jumped_at=decode_instant(left_at),
                counted_since_jump=decode_number(counted),
            )
    raise InvalidDataError


def encode_counters(counters: Counters) -> list[Any]:
    """Encode the counters."""
    seconds = (
        counters.aux_off_seconds,
        counters.previous_aux_off_seconds,
        counters.airflow_seconds,
        counters.mild_aux_seconds,
        counters.mild_run_seconds,
    )
    standstill = (
        counters.standstill.missed_call_seconds,
        counters.standstill.strips_seconds,
        counters.standstill.proven_seconds,
    )
    return [
        *(_round_seconds(value) for value in seconds),
        encode_instant(counters.last_good_mild_day_end),
        _round_seconds(counters.filter_age_seconds),
        [_round_seconds(value) for value in standstill],
    ]


def _round_seconds(seconds: float) -> float:
    return round(limit_number(seconds, MAX_SECONDS), DECIMALS)


def decode_counters(data: object) -> Counters:
    """Decode the counters. Raises InvalidDataError."""
    match data:
        case [*seconds, well_since] if len(seconds) < 6:  # noqa: PLR2004 -- as earlier versions wrote it
            age, standstill = None, None
        case [*seconds, well_since, age, standstill]:
            pass
        case _:
            raise InvalidDataError
    rest, rest_before, air, mild, mild_run = _decode_seconds(seconds, 5)
    return Counters(
        aux_off_seconds=rest,
        previous_aux_off_seconds=rest_before,
        airflow_seconds=air,
        mild_aux_seconds=mild,
        mild_run_seconds=mild_run,
        last_good_mild_day_end=decode_optional_instant(well_since),
        # The airflow time of the filter cannot exceed the time since the filter was cleaned.
        filter_age_seconds=min(max(decode_or_default(decode_number, age, air), air), MAX_SECONDS),
        standstill=decode_or_default(_decode_standstill, standstill, NO_STANDSTILL),
    )


def _decode_standstill(data: object) -> Standstill:
    return Standstill(*_decode_seconds(data, 3))


def _decode_seconds(data: object, count: int) -> list[float]:
    amounts = decode_numbers(data, count)
    if min(amounts) < 0 or max(amounts) > MAX_SECONDS:
        raise InvalidDataError
    return amounts


def encode_circumstances(circumstances: Circumstances) -> Json:
    """Encode the circumstances of a run."""
    raised = circumstances.last_raise
    return {
        "levels": [
            [at.timestamp(), round(limit_number(level), DECIMALS)]
            for at, level in circumstances.setpoints
        ],
        "raised": None
        if raised is None
        else [raised.at.timestamp(), raised.is_manual, encode_instant(raised.recovered_at)],
        "flags": [
            circumstances.had_emergency_heat,
            circumstances.is_aux_only,
            circumstances.had_defrost,
            circumstances.started_near_setpoint,
            circumstances.reports_idle_with_aux,
            circumstances.has_reported_room,
        ],
        "idle_since": encode_instant(circumstances.idle_since),
        "compressor": circumstances.compressor_ran,
        "room_unseen": circumstances.room_unknown_at_start,
    }


def decode_circumstances(data: object) -> Circumstances:
    """Decode the circumstances of a run. Raises InvalidDataError."""
    match data:
        case {
            "levels": list(levels),
            "raised": raised,
            "flags": [*flags],
            "idle_since": idle_since,
            **later,
        }:
            emergency, alone, defrosting, near, idles, room_known = _decode_flags(flags)
            ran = later.get("compressor")
            return Circumstances(
                setpoints=tuple(_decode_setpoint(level) for level in levels),
                last_raise=None if raised is None else _decode_raise(raised),
                had_emergency_heat=emergency,
                is_aux_only=alone,
                had_defrost=defrosting,
                started_near_setpoint=near,
                idle_since=decode_optional_instant(idle_since),
                reports_idle_with_aux=idles,
                has_reported_room=room_known,
                compressor_ran=ran if isinstance(ran, bool) else None,
                room_unknown_at_start=later.get("room_unseen") is True,
            )
    raise InvalidDataError


def _decode_setpoint(data: object) -> tuple[datetime, float]:
    match data:
        case [at, level]:
            return decode_instant(at), decode_number(level)
    raise InvalidDataError


def _decode_raise(data: object) -> SetpointRaise:
    match data:
        case [at, bool(by_hand), recovered]:
            return SetpointRaise(decode_instant(at), by_hand, decode_optional_instant(recovered))
    raise InvalidDataError


def _decode_flags(data: list[object]) -> list[bool]:
    flags = [value for value in data if isinstance(value, bool)]
    if len(flags) != len(data) or len(flags) != 6:  # noqa: PLR2004 -- as many as there are names
        raise InvalidDataError
    return flags

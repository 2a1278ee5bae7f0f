"""What is remembered beside the ledger as JSON and back.

    meter: [power W, count kWh, read at s], and where the counter left its course [..., level kWh, left at s, counted kWh]
    tally: [rest s, rest before s, air s, mild s, mild of the run s, well since s | null, filter's age s, standstill]
    standstill: [called s, strips s, proven s]; earlier versions wrote neither it nor the age
    circumstances: {"levels": [[s, °C], ...], "raised": [s, by hand, recovered s | null] | null, "flags": [emergency, alone, defrosting,
        near, idles with AUX, room known], "idle_since": s | null, "compressor": measured to run | null, "room_unseen"};
        earlier versions wrote neither of the last two

The meter belongs to what was counted, so one that is unsound makes all of it so. Of the others nothing hangs on: they are then forgotten.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..account.causes import Circumstances, Raise
from ..account.counters import Tally
from ..account.energy import Meter
from ..account.standstill import NEVER, Standstill
from .json_values import (
    MOST_SECONDS,
    Json,
    UnsoundError,
    clamp,
    instant,
    maybe_instant,
    moment,
    number,
    numbers,
)

DECIMALS = 3
"""Of seconds and degrees on which no figure of a user's rests."""


def tolerant[T](decode: Callable[[object], T], data: object, default: T) -> T:
    """Read something that may as well be forgotten."""
    try:
        return default if data is None else decode(data)
    except UnsoundError:
        return default


def encode_meter(meter: Meter) -> list[float | None]:
    """Write a meter's last reading, and where it was before it left its course."""
    power, count = (None if value is None else clamp(value) for value in (meter.power, meter.count))
    reading = [power, count, moment(meter.read_at)]
    if meter.level is None:
        return reading
    return [*reading, clamp(meter.level), moment(meter.left_at), clamp(meter.counted)]


def decode_meter(data: object) -> Meter:
    """Read a meter's last reading. Raises UnsoundError."""
    match data:
        case [power, count, read_at]:
            watts, kwh = (None if value is None else number(value) for value in (power, count))
            return Meter(watts, kwh, maybe_instant(read_at))
        case [power, count, read_at, level, left_at, counted]:
            now = decode_meter([power, count, read_at])
            return replace(
                now, level=number(level), left_at=instant(left_at), counted=number(counted)
            )
    raise UnsoundError


def encode_tally(tally: Tally) -> list[Any]:
    """Write a tally."""
    seconds = (tally.rest, tally.rest_before, tally.air, tally.mild, tally.mild_run)
    standstill = (tally.standstill.called, tally.standstill.strips, tally.standstill.proven)
    return [
        *(_round_seconds(value) for value in seconds),
        moment(tally.well_since),
        _round_seconds(tally.age),
        [_round_seconds(value) for value in standstill],
    ]


def _round_seconds(seconds: float) -> float:
    return round(clamp(seconds, MOST_SECONDS), DECIMALS)


def decode_tally(data: object) -> Tally:
    """Read a tally. Raises UnsoundError."""
    match data:
        case [*seconds, well_since] if len(seconds) < 6:  # noqa: PLR2004 -- as earlier versions wrote it
            age, standstill = None, None
        case [*seconds, well_since, age, standstill]:
            pass
        case _:
            raise UnsoundError
    rest, rest_before, air, mild, mild_run = _amounts(seconds, 5)
    return Tally(
        rest,
        rest_before,
        air,
        mild,
        mild_run,
        maybe_instant(well_since),
        # Air cannot have gone through the filter for longer than since it was cleaned.
        min(max(tolerant(number, age, air), air), MOST_SECONDS),
        tolerant(_standstill, standstill, NEVER),
    )


def _standstill(data: object) -> Standstill:
    return Standstill(*_amounts(data, 3))


def _amounts(data: object, count: int) -> list[float]:
    amounts = numbers(data, count)
    if min(amounts) < 0 or max(amounts) > MOST_SECONDS:
        raise UnsoundError
    return amounts


def encode_circumstances(now: Circumstances) -> Json:
    """Write what surrounds a run."""
    raised = now.raised
    return {
        "levels": [[at.timestamp(), round(clamp(level), DECIMALS)] for at, level in now.levels],
        "raised": None
        if raised is None
        else [raised.at.timestamp(), raised.by_hand, moment(raised.recovered)],
        "flags": [
            now.emergency,
            now.alone,
            now.defrosting,
            now.near,
            now.idles_with_aux,
            now.room_known,
        ],
        "idle_since": moment(now.idle_since),
        "compressor": now.compressor,
        "room_unseen": now.room_unseen,
    }


def decode_circumstances(data: object) -> Circumstances:
    """Read what surrounds a run. Raises UnsoundError."""
    match data:
        case {
            "levels": list(levels),
            "raised": raised,
            "flags": [*flags],
            "idle_since": idle_since,
            **later,
        }:
            emergency, alone, defrosting, near, idles, room_known = _flags(flags)
            ran = later.get("compressor")
            return Circumstances(
                tuple(_level(level) for level in levels),
                None if raised is None else _raise(raised),
                emergency,
                alone,
                defrosting,
                near,
                maybe_instant(idle_since),
                idles,
                room_known,
                ran if isinstance(ran, bool) else None,
                later.get("room_unseen") is True,
            )
    raise UnsoundError


def _level(data: object) -> tuple[datetime, float]:
    match data:
        case [at, level]:
            return instant(at), number(level)
    raise UnsoundError


def _raise(data: object) -> Raise:
    match data:
        case [at, bool(by_hand), recovered]:
            return Raise(instant(at), by_hand, maybe_instant(recovered))
    raise UnsoundError


def _flags(data: list[object]) -> list[bool]:
    flags = [value for value in data if isinstance(value, bool)]
    if len(flags) != len(data) or len(flags) != 6:  # noqa: PLR2004 -- as many as there are names
        raise UnsoundError
    return flags

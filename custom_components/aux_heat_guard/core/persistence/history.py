"""The ledger and the archive as JSON and back: versioned and strict.

Anything that this version would not write is invalid. Instants are seconds since 1970 in UTC.

The stored guard, with the part of the ledger that is not in the archive yet:

    {"version": 4, "rebuilds": number, "zone": name, "at": s, "amounts": [...],
     "months": [anchor, ...], "line": line, "run": run | null, "runs": [run, ...],
     "meter", "tally", "circumstances": see `tracker`, "alerts": see `alerts`}

A segment of the archive: {"version": 4, "rebuilds": number, "line": line, "runs": [run, ...]}

    line: [item, ...]; the first item, and the first item of each day, is an anchor
    anchor: [s, code, [the fields of Totals], [the fields of Amounts]]
    item: [s since the previous item, code, the growth of each field of Amounts]
        zeros at the end are left out; the seconds with a known outdoor temperature are
        replaced by the seconds without one
    leap: [s since the previous item, code, [growth of Totals], growth of Amounts]
        written where the totals grew by more than the previous state explains: points were
        thinned out, or the clock was set back; zeros at the end are left out
    code: 4 x heat state + 2 x strips known + 1 x a run starts here
        an anchor has no start of a run: its totals count it
    run: [start s, s unknown, s seen on, running, kWh, cost, outdoor °C | null, code of its cause]

The seconds between two points belong to the state of the first one, so they are not written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import pairwise
import json
from operator import attrgetter
from typing import Any

from ..account.archive import ArchiveSegment, unarchived_points
from ..account.causes import NO_CIRCUMSTANCES
from ..account.counters import NO_COUNTERS
from ..account.days import HOUR
from ..account.energy import Amounts
from ..account.ledger import Ledger, Point, Totals, totals_values
from ..account.tracker import TrackerMemory
from ..alerts.state import NO_ALERTS, Alerts
from ..model import Cause, HeatState, Run
from ..protection.decision import INITIAL_PROTECTION_STATE, ProtectionState
from ..settings.guard import ARCHIVE_EVERY, MAX_FILE_POINTS, MAX_FILE_RUNS
from .alerts import decode_alerts, encode_alerts
from .json_values import (
    MAX_NUMBER,
    MAX_SECONDS,
    InvalidDataError,
    Json,
    add_seconds,
    decode_instant,
    decode_list,
    decode_number,
    decode_numbers,
    limit_number,
)
from .protection import decode_protection, encode_protection
from .tracker import (
    decode_circumstances,
    decode_counters,
    decode_meter,
    decode_or_default,
    encode_circumstances,
    encode_counters,
    encode_meter,
)

VERSION = 4
READABLE_VERSIONS = frozenset({2, 3, VERSION})
"""Before version 3, runs had no cause and there were no alerts; before version 4, no leaps."""

PACKED_KEYS = ("months", "line", "runs", "alerts")
"""The keys of the largest parts of a file, which are stored as text. Home Assistant writes each
number of a list on its own line, which would make the file two and a half times as long."""
STATE_CODES = (
    HeatState.OFF,
    HeatState.HEAT_PUMP,
    HeatState.HEAT_PUMP_AUX,
    HeatState.EMERGENCY,
    HeatState.FURNACE,
    HeatState.DEFROST,
    HeatState.UNKNOWN,
)
"""The heat states by code. Append new states at the end."""
CAUSE_CODES = (
    Cause.UNKNOWN,
    Cause.SETBACK,
    Cause.MANUAL,
    Cause.DEFROST,
    Cause.EMERGENCY,
    Cause.COLD,
)
"""The causes by code. Append new causes at the end."""
DECIMALS = 6
AMOUNT_NAMES = tuple(field.name for field in fields(Amounts))
AMOUNT_COUNT = len(AMOUNT_NAMES)
_amounts_values = attrgetter(*AMOUNT_NAMES)
ZEROS = (0.0,) * AMOUNT_COUNT
AMOUNT_DECIMALS = (3, *[DECIMALS] * (AMOUNT_COUNT - 1))
"""The decimals of each amount. For degree-seconds, a thousandth is a hundred-millionth of a degree
over a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredGuard:
    """The contents of the file of a guard."""

    ledger: Ledger
    memory: TrackerMemory
    zone: str
    """The name of the time zone in which the months of the ledger start."""
    alerts: Alerts = NO_ALERTS
    protection: ProtectionState = INITIAL_PROTECTION_STATE
    rebuilds: int = 0
    """The number of rebuilds of the history. An archive with more rebuilds is newer."""


@dataclass(frozen=True, slots=True)
class EncodedPoints:
    """Points with their encoded items, to be continued when there are more points."""

    points: tuple[Point, ...] = ()
    items: tuple[Any, ...] = ()
    last_decoded: Point | None = None
    """The last point as it will be decoded."""


NO_ENCODED_POINTS = EncodedPoints()


def pack(data: Json) -> Json:
    """Return the data of a file with its largest parts as compact text."""
    return data | {
        key: json.dumps(data[key], separators=(",", ":")) for key in PACKED_KEYS if key in data
    }


def unpack(data: object) -> object:
    """Return the data of a file with its texts decoded. A text that cannot be read becomes None."""
    if not isinstance(data, Mapping):
        return data
    return {
        **data,
        **{key: _load_text(data[key]) for key in PACKED_KEYS if isinstance(data.get(key), str)},
    }


def _load_text(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError, RecursionError:
        return None


def encode_recent_points(
    ledger: Ledger, archived: Point | None, encoded: EncodedPoints = NO_ENCODED_POINTS
) -> EncodedPoints:
    """Encode the points from the last archived one on, reusing the items encoded before."""
    points = unarchived_points(ledger, archived)
    # A relay that flickers for an hour must not fill the file. Its oldest changes are in the
    # archive only, once that is written.
    return with_points(encoded, points[-MAX_FILE_POINTS:] or ledger.points[-1:])


def encode(
    stored: StoredGuard, archived: Point | None, encoded: EncodedPoints | None = None
) -> Json:
    """Return a guard as JSON, with the history since the last archived point.

    `encoded` are the encoded points of that history, if known.
    """
    ledger = stored.ledger
    encoded = encoded or encode_recent_points(ledger, archived)
    since = None if archived is None else min(archived.at, encoded.points[0].at)
    return {
        "version": VERSION,
        "rebuilds": int(limit_number(stored.rebuilds)),
        "zone": stored.zone,
        "at": ledger.at.timestamp(),
        "amounts": _round_amounts(ledger.amounts),
        "months": [_encode_anchor(point) for point in ledger.months],
        "line": list(encoded.items),
        "run": _encode_run(ledger.run) if ledger.run else None,
        "runs": [
            _encode_run(run)
            for run in ledger.runs[-MAX_FILE_RUNS:]
            if _is_unarchived(run, ledger, since)
        ],
        "meter": encode_meter(stored.memory.meter),
        "tally": encode_counters(stored.memory.counters),
        "circumstances": encode_circumstances(stored.memory.circumstances),
        "alerts": encode_alerts(stored.alerts),
        "protection": encode_protection(stored.protection),
    }


def _is_unarchived(run: Run, ledger: Ledger, since: datetime | None) -> bool:
    """Return True if a run may have ended after the archive was written."""
    return since is None or run.last_seen >= since - ARCHIVE_EVERY or run == ledger.run


def decode(data: object) -> StoredGuard:
    """Decode a guard. Raises InvalidDataError."""
    data = unpack(data)
    match data:
        case {
            "version": int(version),
            "zone": str(zone),
            "at": at,
            "amounts": amounts,
            "months": months,
            "line": line,
        } if version in READABLE_VERSIONS and isinstance(data, Mapping):
            ledger = Ledger(
                at=decode_instant(at),
                amounts=_decode_amounts(amounts),
                months=decode_points(months),
                points=decode_points(line),
                run=None if data.get("run") is None else _decode_run(data["run"]),
                runs=_decode_runs(data.get("runs")),
            )
            if not _is_valid(ledger):
                raise InvalidDataError
            memo = TrackerMemory(
                decode_meter(data.get("meter")),
                decode_or_default(decode_counters, data.get("tally"), NO_COUNTERS),
                decode_or_default(
                    decode_circumstances, data.get("circumstances"), NO_CIRCUMSTANCES
                ),
            )
            alerts, protection = (
                decode_alerts(data.get("alerts")),
                decode_protection(data.get("protection")),
            )
            return StoredGuard(
                ledger=ledger,
                memory=memo,
                zone=zone,
                alerts=alerts,
                protection=protection,
                rebuilds=_decode_rebuilds(data),
            )
    raise InvalidDataError


def _decode_rebuilds(data: Mapping[str, Any]) -> int:
    rebuilds = decode_number(data.get("rebuilds", 0))
    if rebuilds < 0 or not rebuilds.is_integer():
        raise InvalidDataError
    return int(rebuilds)


def _is_valid(ledger: Ledger) -> bool:
    if not ledger.points or not ledger.months or ledger.months[-1].at > ledger.at:
        return False
    if not _is_continuation(ledger.months[-1].totals, ledger.totals):
        return False
    # There is a point at each full hour, so time further on was never counted.
    runs = (*ledger.runs, *([ledger.run] if ledger.run else []))
    in_order = all(earlier.start <= later.start for earlier, later in pairwise(runs))
    return (
        in_order
        and timedelta(0) <= ledger.at - ledger.points[-1].at <= HOUR
        and all(run.last_seen <= ledger.at for run in runs)
    )


def encode_segment(segment: ArchiveSegment) -> Json:
    """Return a segment of the archive as JSON."""
    return {
        "version": VERSION,
        "rebuilds": int(limit_number(segment.rebuilds)),
        "line": encode_points(segment.points),
        "runs": [_encode_run(run) for run in segment.runs],
    }


def decode_segment(data: object, since: datetime | None = None) -> ArchiveSegment:
    """Decode a segment of the archive, from an instant on if given. Raises InvalidDataError."""
    data = unpack(data)
    match data:
        case {"version": int(version), "line": line, "runs": runs} if (
            version in READABLE_VERSIONS and isinstance(data, Mapping)
        ):
            points = decode_points(_items_since(decode_list(line), since))
            chapter = ArchiveSegment(points, _decode_runs(runs), _decode_rebuilds(data))
            return (
                chapter
                if since is None
                else replace(
                    chapter, runs=tuple(run for run in chapter.runs if run.last_seen >= since)
                )
            )
    raise InvalidDataError


def encode_points(points: Iterable[Point]) -> list[Any]:
    """Return points as JSON."""
    return list(with_points(NO_ENCODED_POINTS, tuple(points)).items)


def with_points(encoded: EncodedPoints, points: tuple[Point, ...]) -> EncodedPoints:
    """Encode points, reusing the encoded items of the first ones."""
    known = encoded if _starts_with(points, encoded.points) else NO_ENCODED_POINTS
    items: list[Any] = []
    # Growth is encoded from the previous point as it will be decoded, so that rounding errors do
    # not add up.
    before = known.last_decoded
    for point in points[len(known.points) :]:
        item = (
            None
            if before is None or point.at.date() != before.at.date()
            else _encode_growth(point, before)
        )
        items.append(item or _encode_anchor(point))
        before = _decode_item(items[-1], before)
    return EncodedPoints(points, (*known.items, *items), before)


def _starts_with(points: tuple[Point, ...], known: tuple[Point, ...]) -> bool:
    """Return True if a series of points starts with all points of another one."""
    last = len(known) - 1
    return 0 <= last < len(points) and points[0] is known[0] and points[last] is known[last]


def decode_points(items: object) -> tuple[Point, ...]:
    """Decode points. Raises InvalidDataError."""
    points: list[Point] = []
    before: Point | None = None
    for item in decode_list(items):
        point = _decode_item(item, before)
        if before is not None and (
            point.at < before.at or not _is_continuation(before.totals, point.totals)
        ):
            raise InvalidDataError
        points.append(point)
        before = point
    return tuple(points)


def _decode_item(item: object, before: Point | None) -> Point:
    match item:
        case [at, int(code), list(totals), list(amounts)]:
            state, is_aux_known, _ = _decode_code(code)
            return Point(
                at=decode_instant(at),
                state=state,
                is_aux_known=is_aux_known,
                totals=_decode_totals(totals),
                amounts=_decode_amounts(amounts),
            )
        case [passed, int(code), list(totals), *grown] if (
            before is not None and len(grown) <= AMOUNT_COUNT
        ):
            return _decode_leap(before, add_seconds(before.at, passed), code, totals, grown)
        case [passed, int(code), *grown] if before is not None and len(grown) <= AMOUNT_COUNT:
            return _decode_next(before, add_seconds(before.at, passed), code, grown)
    raise InvalidDataError


def _decode_totals(data: object) -> Totals:
    *seconds, cycles = decode_numbers(data, len(fields(Totals)))
    if min(*seconds, cycles) < 0 or max(*seconds, cycles) > MAX_SECONDS or not cycles.is_integer():
        raise InvalidDataError
    named: dict[str, Any] = {
        field.name: value
        for field, value in zip(fields(Totals), [*seconds, int(cycles)], strict=True)
    }
    return Totals(**named)


def _is_bounded(point: Point, share: float = 1.0) -> bool:
    """Return True if the totals and amounts of a point are within a share of the readable range."""
    seconds, amounts = (
        max(totals_values(point.totals)),
        max(map(abs, _amounts_values(point.amounts))),
    )
    return bool(seconds <= MAX_SECONDS * share and amounts <= MAX_NUMBER * share)


def _decode_amounts(data: object) -> Amounts:
    return _amounts_of(decode_numbers(data, AMOUNT_COUNT))


def _amounts_of(values: Sequence[float]) -> Amounts:
    return Amounts(**dict(zip(AMOUNT_NAMES, values, strict=True)))


def _decode_next(before: Point, at: datetime, code: int, growth: Sequence[Any]) -> Point:
    *_, starts_run = _decode_code(code)
    totals = before.totals_at(at)
    if starts_run:
        totals = replace(totals, cycles=totals.cycles + 1)
    return _point_after(before, at, code, totals, growth)


def _decode_leap(
    before: Point, at: datetime, code: int, leap: Sequence[Any], growth: Sequence[Any]
) -> Point:
    if len(leap) > len(fields(Totals)):
        raise InvalidDataError
    more = _decode_totals([*leap, *[0] * (len(fields(Totals)) - len(leap))])
    return _point_after(before, at, code, before.totals + more, growth)


def _point_after(
    before: Point, at: datetime, code: int, totals: Totals, growth: Sequence[Any]
) -> Point:
    state, is_aux_known, _ = _decode_code(code)
    degrees, unknown, *more = (*map(decode_number, growth), *ZEROS[len(growth) :])
    known = (at - before.at).total_seconds() - unknown
    point = Point(
        at=at,
        state=state,
        is_aux_known=is_aux_known,
        totals=totals,
        amounts=before.amounts + _amounts_of([degrees, known, *more]),
    )
    if not _is_bounded(point):
        raise InvalidDataError
    return point


def _items_since(items: Sequence[Any], since: datetime | None) -> Sequence[Any]:
    """Return the items from the last anchor at or before an instant on."""
    if since is None:
        return items
    begin = 0
    for index, item in enumerate(items):
        if _is_anchor(item) and item[0] <= since.timestamp():
            begin = index
    return items[begin:]


def _is_anchor(item: object) -> bool:
    match item:
        case [int() | float(), _, list(), list()]:
            return True
    return False


def _encode_growth(point: Point, before: Point) -> list[Any] | None:
    """Encode a point by its growth since the previous one, or return None if that is impossible."""
    starts_run = point.totals.cycles - before.totals.cycles
    # Half of the range leaves room for rounding errors. Points beyond it are written as anchors,
    # limited to the range.
    if point.at < before.at or not _is_bounded(point, 0.5):
        return None
    passed = (point.at - before.at).total_seconds()
    more = point.amounts - before.amounts
    grown = _strip_zeros(
        _round_amounts(replace(more, outdoor_seconds=passed - more.outdoor_seconds))
    )
    carried = before.totals_at(point.at)
    if starts_run in {0, 1} and replace(carried, cycles=point.totals.cycles).is_close_to(
        point.totals
    ):
        return [round(passed, DECIMALS), _encode_code(point, starts_run=bool(starts_run)), *grown]
    leap = [round(value, DECIMALS) or 0 for value in totals_values(point.totals - before.totals)]
    if min(leap) < 0:
        return None
    return [
        round(passed, DECIMALS),
        _encode_code(point, starts_run=False),
        _strip_zeros(leap),
        *grown,
    ]


def _strip_zeros(values: list[float]) -> list[float]:
    """Remove the zeros at the end of a list, and return the list."""
    while values and not values[-1]:
        values.pop()
    return values


def _is_continuation(before: Totals, totals: Totals) -> bool:
    return before.limit_to(totals).is_close_to(before)


def _encode_anchor(point: Point) -> list[Any]:
    *seconds, cycles = (limit_number(value, MAX_SECONDS) for value in totals_values(point.totals))
    totals = [*(round(value, DECIMALS) for value in seconds), int(cycles)]
    return [
        point.at.timestamp(),
        _encode_code(point, starts_run=False),
        totals,
        _round_amounts(point.amounts),
    ]


def _encode_code(point: Point, *, starts_run: bool) -> int:
    return 4 * STATE_CODES.index(point.state) + 2 * point.is_aux_known + starts_run


def _decode_code(code: int) -> tuple[HeatState, bool, bool]:
    if isinstance(code, bool) or not 0 <= code < 4 * len(STATE_CODES):
        raise InvalidDataError
    return STATE_CODES[code // 4], bool(code & 2), bool(code & 1)


def _encode_run(run: Run) -> list[Any]:
    seconds_on = round(limit_number(run.seconds, MAX_SECONDS), DECIMALS)
    unknown_seconds = (run.last_seen - run.start).total_seconds() - seconds_on
    numbers = [
        round(limit_number(value), DECIMALS) or 0
        for value in (unknown_seconds, seconds_on, run.kwh, run.cost)
    ]
    outdoor = None if run.outdoor is None else round(run.outdoor, DECIMALS)
    return [
        run.start.timestamp(),
        *numbers[:2],
        run.is_running,
        *numbers[2:],
        outdoor,
        CAUSE_CODES.index(run.cause),
    ]


def _decode_runs(data: object) -> tuple[Run, ...]:
    runs = tuple(map(_decode_run, decode_list(data)))
    if any(later.start < earlier.start for earlier, later in pairwise(runs)):
        raise InvalidDataError
    return runs


def _decode_run(data: object) -> Run:
    match data:
        case [start, unknown_seconds, seconds_on, bool(running), kwh, cost, outdoor, *cause] if (
            len(cause) <= 1
        ):
            unknown, seconds, energy, price = decode_numbers(
                [unknown_seconds, seconds_on, kwh, cost], 4
            )
            began = decode_instant(start)
            last_seen = add_seconds(began, unknown + seconds)
            if last_seen >= began and 0 <= seconds <= MAX_SECONDS:
                warmth = None if outdoor is None else decode_number(outdoor)
                return Run(
                    start=began,
                    last_seen=last_seen,
                    seconds=seconds,
                    is_running=running,
                    kwh=energy,
                    cost=price,
                    outdoor=warmth,
                    cause=_decode_cause(cause),
                )
    raise InvalidDataError


def _decode_cause(code: Sequence[Any]) -> Cause:
    match code:
        case []:
            return Cause.UNKNOWN
        case [int(index)] if not isinstance(index, bool) and 0 <= index < len(CAUSE_CODES):
            return CAUSE_CODES[index]
    raise InvalidDataError


def _round_amounts(amounts: Amounts) -> list[float]:
    values = zip(_amounts_values(amounts), AMOUNT_DECIMALS, strict=True)
    return [round(limit_number(value), decimals) or 0 for value, decimals in values]

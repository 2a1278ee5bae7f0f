"""The ledger and the archive as JSON and back: versioned, and tolerant of what is not theirs.

The ledger, with what the archive does not have yet:

    {"version": 2, "zone": name, "at": s, "amounts": [...], "months": [anchor, ...], "line": line, "run": run | null, "runs": [run, ...],
     "meter": [power W, count kWh, read at s]}

A chapter of the archive: {"version": 2, "line": line, "runs": [run, ...]}

    line: [item, ...]; the first item, and the first of each day, is an anchor
    anchor: [s, code, [the fields of Totals], [the fields of Amounts]]
    item: [s since the last anchor, code, what the fields of Amounts grew by; zeros at the end are left out]
    code: 4 x heat state + 2 x strips seen + 1 x a run starts here
    run: [start s, last seen s, seconds, running, kWh, cost, outdoor °C | null]

Between two points the seconds go to the state of the first, so they need not be written. Instants are seconds since 1970 in UTC.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
import math
from typing import Any

from .account.archive import Chapter, points_from
from .account.energy import UNREAD, Amounts, Meter
from .account.ledger import Ledger, Point, Totals
from .model import HeatState, Run
from .settings import ARCHIVE_EVERY, HOT_POINTS

VERSION = 2
STATES = (
    HeatState.OFF,
    HeatState.HEAT_PUMP,
    HeatState.HEAT_PUMP_AUX,
    HeatState.EMERGENCY,
    HeatState.FURNACE,
    HeatState.DEFROST,
    HeatState.UNKNOWN,
)
"""By their codes; new ones go to the end."""
DECIMALS = 6
TOLERANCE_SECONDS = 1e-3

type Json = dict[str, Any]


class UnsoundError(Exception):
    """The data are not (or not in all their parts) what this version writes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file of a guard holds."""

    ledger: Ledger
    meter: Meter
    zone: str
    """The time zone in which its months start."""


def encode(kept: Kept, since: datetime | None) -> Json:
    """Write a ledger as JSON values, with what happened since the archive was written."""
    ledger = kept.ledger
    points = ledger.points if since is None else points_from(ledger, since)
    return {
        "version": VERSION,
        "zone": kept.zone,
        "at": ledger.at.timestamp(),
        "amounts": _rounded(ledger.amounts),
        "months": [_anchor(point, starts_run=False) for point in ledger.months],
        # A relay that flickers for an hour must not fill the file: its oldest changes are then only in the archive, once that is written.
        "line": encode_line(points[-HOT_POINTS:] or ledger.points[-1:]),
        "run": _encode_run(ledger.run) if ledger.run else None,
        "runs": [_encode_run(run) for run in ledger.runs if since is None or run.last_seen >= since - ARCHIVE_EVERY],
        "meter": [kept.meter.power, kept.meter.count, kept.meter.read_at.timestamp() if kept.meter.read_at else None],
    }


def decode(data: object) -> Kept:
    """Read a ledger. Raises UnsoundError."""
    match data:
        case {"version": int(version), "zone": str(zone), "at": at, "amounts": amounts, "months": months, "line": line} if (
            version == VERSION and isinstance(data, Mapping)
        ):
            points = decode_line(line)
            ledger = Ledger(
                at=_instant(at),
                amounts=Amounts(*_numbers(amounts, len(fields(Amounts)))),
                months=decode_line(months),
                points=points,
                run=_decode_run(data["run"]) if data.get("run") else None,
                runs=tuple(map(_decode_run, _sequence(data.get("runs")))),
            )
            if not points or not ledger.months or ledger.at < points[-1].at:
                raise UnsoundError
            return Kept(ledger, _decode_meter(data.get("meter")), zone)
    raise UnsoundError


def encode_chapter(chapter: Chapter) -> Json:
    """Write a chapter as JSON values."""
    return {"version": VERSION, "line": encode_line(chapter.points), "runs": [_encode_run(run) for run in chapter.runs]}


def decode_chapter(data: object, since: datetime | None = None) -> Chapter:
    """Read a chapter; with an instant only what happened since (and a day before, at the most). Raises UnsoundError."""
    match data:
        case {"version": int(version), "line": line, "runs": runs} if version == VERSION:
            chapter = Chapter(decode_line(_since(_sequence(line), since)), tuple(map(_decode_run, _sequence(runs))))
            return chapter if since is None else replace(chapter, runs=tuple(run for run in chapter.runs if run.last_seen >= since))
    raise UnsoundError


def encode_line(points: Iterable[Point]) -> list[Any]:
    """Write a line of points."""
    items: list[Any] = []
    before = anchor = None
    for point in points:
        if before is None or anchor is None or point.at.date() != anchor.at.date() or not _follows(point, before):
            items.append(_anchor(point, starts_run=before is not None and point.totals.cycles > before.totals.cycles))
            anchor = point
        else:
            grown = _rounded(point.amounts - before.amounts)
            while grown and not grown[-1]:
                grown.pop()
            offset = round((point.at - anchor.at).total_seconds(), DECIMALS)
            items.append([offset, _code(point, starts_run=point.totals.cycles > before.totals.cycles), *grown])
        before = point
    return items


def decode_line(items: object) -> tuple[Point, ...]:
    """Read a line of points. Raises UnsoundError."""
    points: list[Point] = []
    anchor: datetime | None = None
    for item in _sequence(items):
        match item:
            case [at, int(code), list(totals), list(amounts)]:
                anchor = _instant(at)
                state, seen, _ = _meaning(code)
                point = Point(anchor, state, seen, _decode_totals(totals), Amounts(*_numbers(amounts, len(fields(Amounts)))))
            case [offset, int(code), *grown] if points and anchor is not None:
                point = _next(points[-1], anchor + _seconds(offset), code, grown)
            case _:
                raise UnsoundError
        if points and point.at < points[-1].at:
            raise UnsoundError
        points.append(point)
    return tuple(points)


def _decode_totals(data: object) -> Totals:
    *seconds, cycles = _numbers(data, len(fields(Totals)))
    named: dict[str, Any] = {field.name: value for field, value in zip(fields(Totals), [*seconds, int(cycles)], strict=True)}
    return Totals(**named)


def _next(before: Point, at: datetime, code: int, grown: Sequence[Any]) -> Point:
    state, seen, starts_run = _meaning(code)
    totals = before.totals_at(at)
    if starts_run:
        totals = replace(totals, cycles=totals.cycles + 1)
    missing = len(fields(Amounts)) - len(grown)
    return Point(at, state, seen, totals, before.amounts + Amounts(*_numbers(grown, len(grown)), *[0.0] * missing))


def _since(items: Sequence[Any], since: datetime | None) -> Sequence[Any]:
    """Leave out the anchors, with what hangs on them, that lie before the last one before an instant."""
    if since is None:
        return items
    begin = 0
    for index, item in enumerate(items):
        if _is_anchor(item) and item[0] <= since.timestamp():
            begin = index
    return items[begin:]


def _is_anchor(item: object) -> bool:
    return isinstance(item, list) and len(item) > 2 and isinstance(item[2], list) and isinstance(item[0], int | float)  # noqa: PLR2004


def _follows(point: Point, before: Point) -> bool:
    """Tell whether a point's seconds can be worked out from the point before."""
    if point.at < before.at or point.totals.cycles - before.totals.cycles not in {0, 1}:
        return False
    *carried, _ = astuple(before.totals_at(point.at))
    *seconds, _ = astuple(point.totals)
    return all(abs(one - other) < TOLERANCE_SECONDS for one, other in zip(carried, seconds, strict=True))


def _anchor(point: Point, *, starts_run: bool) -> list[Any]:
    *seconds, cycles = astuple(point.totals)
    totals = [*(round(value, DECIMALS) for value in seconds), cycles]
    return [point.at.timestamp(), _code(point, starts_run=starts_run), totals, _rounded(point.amounts)]


def _code(point: Point, *, starts_run: bool) -> int:
    return 4 * STATES.index(point.state) + 2 * point.strips_seen + starts_run


def _meaning(code: int) -> tuple[HeatState, bool, bool]:
    if not 0 <= code < 4 * len(STATES):
        raise UnsoundError
    return STATES[code // 4], bool(code & 2), bool(code & 1)


def _encode_run(run: Run) -> list[Any]:
    numbers = [round(value, DECIMALS) for value in (run.seconds, run.kwh, run.cost)]
    return [run.start.timestamp(), run.last_seen.timestamp(), numbers[0], run.running, *numbers[1:], run.outdoor]


def _decode_run(data: object) -> Run:
    match data:
        case [start, last_seen, seconds, bool(running), kwh, cost, outdoor]:
            length, energy, price = _numbers([seconds, kwh, cost], 3)
            began, seen = _instant(start), _instant(last_seen)
            if began <= seen:
                return Run(began, seen, length, running, energy, price, None if outdoor is None else _number(outdoor))
    raise UnsoundError


def _decode_meter(data: object) -> Meter:
    match data:
        case [power, count, read_at]:
            watts, kwh = (None if value is None else _number(value) for value in (power, count))
            return Meter(watts, kwh, None if read_at is None else _instant(read_at))
    return UNREAD


def _rounded(amounts: Amounts) -> list[float]:
    return [round(value, DECIMALS) for value in astuple(amounts)]


def _sequence(data: object) -> Sequence[Any]:
    if not isinstance(data, list):
        raise UnsoundError
    return data


def _numbers(data: object, count: int) -> list[float]:
    values = [_number(value) for value in _sequence(data if isinstance(data, list) else None)]
    if len(values) != count:
        raise UnsoundError
    return values


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UnsoundError
    return float(value)


def _seconds(value: object) -> timedelta:
    try:
        return timedelta(seconds=_number(value))
    except OverflowError as error:
        raise UnsoundError from error


def _instant(value: object) -> datetime:
    try:
        return datetime.fromtimestamp(_number(value), UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise UnsoundError from error

"""The ledger as JSON and back: versioned, and tolerant field by field.

    {"version": 1, "at": s, "days": [point, ...], "points": [point, ...], "run": {...} | null}
    point: [s, state, strips seen, aux s, heat pump s, emergency s, furnace s, defrost s, aux unknown s, heat pump unknown s, cycles]

Instants are seconds since 1970 in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from datetime import UTC, datetime, timedelta
import sys
from typing import Any

from .account.ledger import Ledger, Point, Totals
from .model import HeatState, Run
from .settings import RECENT

VERSION = 1

TOTALS = [field.name for field in fields(Totals)]

type Json = dict[str, Any]


class NewerVersionError(Exception):
    """Written by a later version, which this one must not overwrite."""


def encode(ledger: Ledger) -> Json:
    """Write a ledger as JSON values."""
    return {
        "version": VERSION,
        "at": ledger.at.timestamp(),
        "days": [_encode_point(point) for point in ledger.days],
        "points": [_encode_point(point) for point in ledger.points],
        "run": _encode_run(ledger.run),
    }


def decode(data: object) -> Ledger | None:
    """Read a ledger as far as it is sound; None where nothing of it is. Raises NewerVersionError."""
    if not isinstance(data, Mapping):
        return None
    version = data.get("version")
    if isinstance(version, int) and version > VERSION:
        raise NewerVersionError(version)
    points, whole = _decode_points(data.get("points"))
    days, _ = _decode_points(data.get("days"))
    if not points:
        points = days[-1:]
    if not points:
        return None
    last = points[-1]
    at = _decode_instant(data.get("at"))
    # What was going on may be carried on from the very last point only, and there is one each midnight.
    if at is None or not whole or not timedelta(0) <= at - last.at <= RECENT:
        at = last.at
    days = tuple(day for day in days if _follows(last, day))
    return Ledger(at, days or points[:1], points, _decode_run(data.get("run")))


def _encode_point(point: Point) -> list[Any]:
    return [point.at.timestamp(), point.state.value, point.strips_seen, *(round(value, 6) for value in astuple(point.totals))]


def _encode_run(run: Run | None) -> Json | None:
    if run is None:
        return None
    return {
        "start": run.start.timestamp(),
        "last_seen": run.last_seen.timestamp(),
        "seconds": round(run.seconds, 6),
        "running": run.running,
    }


def _decode_points(data: object) -> tuple[tuple[Point, ...], bool]:
    """Keep the points that are sound and do not go back behind the one before; tell whether the last one was kept."""
    points: list[Point] = []
    kept = False
    for item in data if isinstance(data, Sequence) and not isinstance(data, str) else ():
        point = _decode_point(item)
        kept = point is not None and (not points or _follows(point, points[-1]))
        if point is not None and kept:
            points.append(point)
    return tuple(points), kept


def _decode_point(item: object) -> Point | None:
    match item:
        case [at, str(state), bool(seen), *amounts] if state in HeatState:
            instant = _decode_instant(at)
            totals = _decode_totals(amounts)
            if instant is not None and totals is not None:
                return Point(instant, HeatState(state), seen, totals)
    return None


def _decode_totals(amounts: Sequence[Any]) -> Totals | None:
    if len(amounts) != len(TOTALS) or not all(map(_is_amount, amounts)):
        return None
    *seconds, cycles = amounts
    named: dict[str, Any] = dict(zip(TOTALS, [*map(float, seconds), int(cycles)], strict=True))
    return Totals(**named)


def _follows(point: Point, before: Point) -> bool:
    grown = zip(astuple(point.totals), astuple(before.totals), strict=True)
    return point.at >= before.at and all(now >= then for now, then in grown)


def _decode_run(data: object) -> Run | None:
    match data:
        case {"start": start, "last_seen": last_seen, "seconds": seconds, "running": bool(running)}:
            started, seen = _decode_instant(start), _decode_instant(last_seen)
            if started is not None and seen is not None and started <= seen and _is_amount(seconds):
                return Run(started, seen, float(seconds), running)
    return None


def _decode_instant(value: object) -> datetime | None:
    if not _is_amount(value):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)  # type: ignore[arg-type]
    except OverflowError, OSError, ValueError:
        return None


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= sys.float_info.max

"""What a season tells of the heat pump's size: resistance heat utilisation by outdoor temperature.

Recoveries are left out, and so is all time in which the strips heated alone: that tells of an outage or of emergency heat, not of size.
"""

from datetime import datetime
from itertools import pairwise

from ..account import bins, days
from ..account.bins import Bin, Part
from ..account.ledger import Ledger
from ..account.reports import midnights, part_between
from ..model import Cause, Run
from ..settings.alerts import UNDERSIZED_ABOVE
from ..settings.guard import Settings
from .context import Sizing

RECOVERIES = frozenset({Cause.SETBACK, Cause.HAND})
"""A pump of the right size may leave these to the strips."""


def sized(ledger: Ledger, at: datetime, settings: Settings) -> Sizing:
    """Look at the whole days of the season that holds an instant; the ledger's points and runs reach back to its start."""
    season = max(
        days.bounds(at, settings.zone, settings.season_start_month).season, ledger.points[0].at
    )
    recoveries = [run for run in ledger.runs if run.cause in RECOVERIES]
    edges = midnights(season, min(at, ledger.at), settings.zone)
    parts = [_beside_pump(ledger, recoveries, start, end) for start, end in pairwise(edges)]
    heating = [part for part in parts if part.heat_pump or part.aux]
    return Sizing(
        len(heating),
        tuple(share for one in bins.by_outdoor(heating) if (share := _share(one)) is not None),
    )


def _beside_pump(ledger: Ledger, recoveries: list[Run], start: datetime, end: datetime) -> Part:
    """Return what heated in a day with the pump running, recoveries left out."""
    whole = part_between(ledger, start, end)
    spans = ((max(run.start, start), min(run.last_seen, end)) for run in recoveries)
    taken = sum(part_between(ledger, since, until).aux for since, until in spans if since < until)
    return Part(whole.outdoor, whole.heat_pump, max(whole.aux - taken, 0.0), emergency=0.0)


def _share(one: Bin) -> tuple[float, float, float] | None:
    if (
        one.low is None
        or one.high is None
        or one.rhu is None
        or one.low < UNDERSIZED_ABOVE - bins.EDGE_TOLERANCE
    ):
        return None
    return one.low, one.high, one.rhu

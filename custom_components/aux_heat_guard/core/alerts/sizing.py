"""What a season tells of the heat pump's size: resistance heat utilisation by outdoor temperature.

Recoveries are left out, and so is all time in which the strips heated alone: that tells of an outage or of emergency heat, not of size.
"""

from datetime import datetime
from itertools import pairwise

from ..account import bins, days
from ..account.bins import HeatingPeriod, OutdoorBin
from ..account.ledger import Ledger
from ..account.reports import heating_between, midnights
from ..model import Cause, Run
from ..settings.alerts import UNDERSIZED_ABOVE
from ..settings.guard import Settings
from .context import Sizing

RECOVERY_CAUSES = frozenset({Cause.SETBACK, Cause.MANUAL})
"""A pump of the right size may leave these to the strips."""


def season_sizing(ledger: Ledger, at: datetime, settings: Settings) -> Sizing:
    """Look at the whole days of the season that holds an instant; the ledger's points and runs reach back to its start."""
    season = max(
        days.bounds(at, settings.zone, settings.season_start_month).season, ledger.points[0].at
    )
    recoveries = [run for run in ledger.runs if run.cause in RECOVERY_CAUSES]
    edges = midnights(season, min(at, ledger.at), settings.zone)
    parts = [_period_with_pump(ledger, recoveries, start, end) for start, end in pairwise(edges)]
    heating = [part for part in parts if part.heat_pump or part.aux]
    return Sizing(
        len(heating),
        tuple(
            share for one in bins.bin_by_outdoor(heating) if (share := _aux_share(one)) is not None
        ),
    )


def _period_with_pump(
    ledger: Ledger, recoveries: list[Run], start: datetime, end: datetime
) -> HeatingPeriod:
    """Return what heated in a day with the pump running, recoveries left out."""
    whole = heating_between(ledger, start, end)
    spans = ((max(run.start, start), min(run.last_seen, end)) for run in recoveries)
    taken = sum(
        heating_between(ledger, since, until).aux for since, until in spans if since < until
    )
    return HeatingPeriod(
        outdoor=whole.outdoor,
        heat_pump=whole.heat_pump,
        aux=max(whole.aux - taken, 0.0),
        emergency=0.0,
    )


def _aux_share(outdoor_bin: OutdoorBin) -> tuple[float, float, float] | None:
    if (
        outdoor_bin.low is None
        or outdoor_bin.high is None
        or outdoor_bin.rhu is None
        or outdoor_bin.low < UNDERSIZED_ABOVE - bins.EDGE_TOLERANCE
    ):
        return None
    return outdoor_bin.low, outdoor_bin.high, outdoor_bin.rhu

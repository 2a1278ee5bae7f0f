"""The season's resistance heat utilization by outdoor temperature, which shows the pump's size.

Recoveries are left out, and so is all time in which the strips heated alone: that points to an
outage or to emergency heat, not to the size.
"""

from datetime import datetime
from itertools import pairwise

from ..account import bins, days
from ..account.bins import HeatingPeriod, OutdoorBin
from ..account.ledger import Ledger
from ..account.reports import heating_between, midnights
from ..model import Cause, Run
from ..settings.guard import Settings
from ..units import celsius_from_fahrenheit
from .context import Sizing

UNDERSIZED_ABOVE = celsius_from_fahrenheit(30)
"""°C: below it many homes need strips, above it no home does that has the right pump."""

RECOVERY_CAUSES = frozenset({Cause.SETBACK, Cause.MANUAL})
"""Causes of aux heat that a pump of the right size may leave to the strips."""


def season_sizing(ledger: Ledger, at: datetime, settings: Settings) -> Sizing:
    """Return the sizing by the whole days of the season up to an instant.

    The ledger must hold points and runs from the start of the season.
    """
    season = max(
        days.bounds(at, settings.zone, settings.season_start_month).season, ledger.points[0].at
    )
    recoveries = [run for run in ledger.runs if run.cause in RECOVERY_CAUSES]
    edges = midnights(season, min(at, ledger.at), settings.zone)
    periods = [_period_with_pump(ledger, recoveries, start, end) for start, end in pairwise(edges)]
    heating = [period for period in periods if period.heat_pump or period.aux]
    shares = (_aux_share(outdoor_bin) for outdoor_bin in bins.bin_by_outdoor(heating))
    return Sizing(len(heating), tuple(share for share in shares if share is not None))


def _period_with_pump(
    ledger: Ledger, recoveries: list[Run], start: datetime, end: datetime
) -> HeatingPeriod:
    """Return what heated in a period while the pump ran, without recoveries."""
    whole = heating_between(ledger, start, end)
    spans = ((max(run.start, start), min(run.last_seen, end)) for run in recoveries)
    recovery_aux = sum(
        heating_between(ledger, since, until).aux for since, until in spans if since < until
    )
    return HeatingPeriod(
        outdoor=whole.outdoor,
        heat_pump=whole.heat_pump,
        aux=max(whole.aux - recovery_aux, 0.0),
        emergency=0.0,
    )


def _aux_share(outdoor_bin: OutdoorBin) -> tuple[float, float, float] | None:
    """Return (above °C, up to °C, utilization) of a bin in which no strips should be needed."""
    if (
        outdoor_bin.low is None
        or outdoor_bin.high is None
        or outdoor_bin.rhu is None
        or outdoor_bin.low < UNDERSIZED_ABOVE - bins.EDGE_TOLERANCE
    ):
        return None
    return outdoor_bin.low, outdoor_bin.high, outdoor_bin.rhu

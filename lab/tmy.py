"""Typical years as winters: pvlib's TMY3 file of Greensboro, or any EPW file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pvlib import iotools
import pvlib.data

from lab.winter import Winter

GREENSBORO = Path(pvlib.data.__path__[0]) / "723170TYA.CSV"

YEAR = 2026
"""Of the winter's start: a typical year is put together from months of many years, whose dates mean
nothing."""

MONTHS = (11, 12, 1, 2, 3)
"""November to March."""


def greensboro() -> Winter:
    """Read the winter of Greensboro, North Carolina."""
    table, _ = iotools.read_tmy3(GREENSBORO, coerce_year=YEAR, map_variables=True)
    return _winter(table)


def epw(path: Path) -> Winter:
    """Read the winter of an EPW file."""
    table, _ = iotools.read_epw(path, coerce_year=YEAR)
    return _winter(table)


def _winter(table: Any) -> Winter:  # noqa: ANN401 -- pandas is only in the benchmark's environment, as a part of pvlib
    # Rows are named by the end of their hour: temperature is of that instant, the sun of the hour
    # before it.
    hour_before = table.index - timedelta(hours=1)
    outdoor, sun = table["temp_air"].tolist(), table["ghi"].tolist()
    rows = [
        (start.month, outdoor[number - 1], sun[number]) for number, start in enumerate(hour_before)
    ]
    kept = [(celsius, watts) for month in MONTHS for of, celsius, watts in rows if of == month]
    begin = datetime(YEAR, MONTHS[0], 1, tzinfo=UTC)
    return Winter(
        begin=begin,
        outdoor_c=tuple(celsius for celsius, _ in kept),
        sun_w_per_m2=tuple(watts for _, watts in kept),
    )

"""Format the figures as a table, with their targets."""

from dataclasses import dataclass

type Figures = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """A figure and its target."""

    key: str
    label: str
    unit: str
    target: float
    """The highest value that meets the target: the guard's, or its ratio to the stack's."""
    over_stack: bool = True
    decimals: int = 0


PRECISION = 0.5
"""Seconds. Runtimes are shown to the second."""

ROWS = (
    FigureRow(
        key="loop_us_per_event", label="loop, a climate event, everything", unit="µs", target=0.10
    ),
    FigureRow(
        key="idle_us_per_event",
        label="loop, an event with nothing to write",
        unit="µs",
        target=30,
        over_stack=False,
        decimals=1,
    ),
    FigureRow(key="writes_per_day", label="own state writes a day", unit="", target=0.15),
    FigureRow(key="recorder_kb_per_day", label="recorder, a day", unit="kB", target=0.15),
    FigureRow(
        key="setup_loop_ms", label="set-up of one, warm, loop", unit="ms", target=0.20, decimals=1
    ),
    FigureRow(key="setup_50_wall_ms", label="set-up of 50, wall", unit="ms", target=0.15),
    FigureRow(key="memory_kib_per_entry", label="memory, each", unit="KiB", target=0.45),
    FigureRow(
        key="update_cost_180_over_1",
        label="update, 180 days over 1 day",
        unit="",
        target=1.05,
        over_stack=False,
        decimals=2,
    ),
    FigureRow(
        key="month_error_after_purge_s",
        label="month, after purge and restart: error",
        unit="s",
        target=PRECISION,
        over_stack=False,
    ),
    FigureRow(
        key="cost_500_over_50",
        label="each of 500 over each of 50",
        unit="",
        target=1.10,
        over_stack=False,
        decimals=2,
    ),
)

LABEL, UNIT, WIDTHS = 38, 5, (10, 10, 8, 14, 7)


def format_table(ours: Figures, stack: Figures) -> str:
    """Return the figures as a table."""
    head = _line("", "", "ours", "stack", "ratio", "target", "")
    return "\n".join(
        [head, "-" * len(head), *(_row(row, ours[row.key], stack.get(row.key)) for row in ROWS)]
    )


def is_met(row: FigureRow, ours: float, stack: float | None) -> bool:
    """Return True if a figure meets its target."""
    return (
        abs(ours) <= row.target
        if not row.over_stack
        else stack is not None and ours <= row.target * stack
    )


def _row(row: FigureRow, ours: float, stack: float | None) -> str:
    ratio = f"{ours / stack:.3f}" if row.over_stack and stack else ""
    shown = "" if stack is None else f"{stack:,.{row.decimals}f}"
    target = (
        f"ratio <= {row.target:.2f}" if row.over_stack else f"<= {row.target:g} {row.unit}".strip()
    )
    return _line(
        row.label,
        row.unit,
        f"{ours:,.{row.decimals}f}",
        shown,
        ratio,
        target,
        "met" if is_met(row, ours, stack) else "missed",
    )


def _line(label: str, unit: str, *figures: str) -> str:
    return " ".join(
        [
            f"{label:<{LABEL}}",
            f"{unit:<{UNIT}}",
            *(f"{figure:>{width}}" for figure, width in zip(figures, WIDTHS, strict=True)),
        ]
    )

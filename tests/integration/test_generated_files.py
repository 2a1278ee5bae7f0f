"""Files that scripts/generate writes are current."""

from pathlib import Path

import pytest

from generate import alert_lists


@pytest.mark.parametrize("path", [*alert_lists.LISTS, alert_lists.BLUEPRINT], ids=lambda p: p.name)
def test_alert_lists_are_current(path: Path) -> None:
    assert path.read_text() == alert_lists.generated_files()[path], "run scripts/generate"


def test_a_stale_list_is_rewritten() -> None:
    path = alert_lists.LISTS[0]
    stale = path.read_text().replace("            - advice\n", "")

    assert alert_lists.with_options(stale) == path.read_text()

"""What the documents point at is there."""

from pathlib import Path
import re

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
LINK = re.compile(r"""\]\(([^)#]+)\)|(?:src|srcset)="([^"]+)\"""")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_links_within_the_project(document: Path) -> None:
    links = {first or second for first, second in LINK.findall(document.read_text())}
    missing = [
        link for link in links if "://" not in link and not (document.parent / link).exists()
    ]
    assert missing == []

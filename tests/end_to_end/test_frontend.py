"""The frontend in a real browser."""

from pathlib import Path

from playwright.async_api import Page, expect

from lab.home_assistant.instance import Instance


async def test_dashboard_is_shown(home: Instance, page: Page, tmp_path: Path) -> None:
    card = {"type": "markdown", "content": "The strips are **off**"}
    await home.save_dashboard(
        "end-to-end", "End to end", {"views": [{"title": "Heat", "cards": [card]}]}
    )

    await page.goto("/end-to-end")

    await expect(page.get_by_text("The strips are off")).to_be_visible()
    picture = await page.screenshot(path=tmp_path / "dashboard.png")
    assert picture.startswith(b"\x89PNG")

"""Renders the drawings to the images that Home Assistant shows: python -m brand.render."""

from pathlib import Path
import tempfile

from playwright.sync_api import Browser, sync_playwright

from tests.end_to_end.programs import chromium

HERE = Path(__file__).parent
IMAGES = HERE.parent / "custom_components/aux_heat_guard/brand"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def render(browser: Browser, name: str, *, scale: int) -> None:
    """Draw one image, at once or at twice its size."""
    drawing = (HERE / f"{name}.svg").read_text()
    width = 256 if name.endswith("icon") else 832
    page = browser.new_page(viewport={"width": width, "height": 256}, device_scale_factor=scale)
    page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{drawing}")
    page.screenshot(path=IMAGES / f"{name}{'@2x' if scale > 1 else ''}.png", omit_background=True)
    page.close()


def main() -> None:
    """Render everything."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        program = chromium(Path(scratch))
        if program is None:
            raise SystemExit("There is no Chromium here to render with.")
        browser = playwright.chromium.launch(
            executable_path=program.path, env=dict(program.environment), args=FLAGS
        )
        for name in ("icon", "dark_icon", "logo", "dark_logo"):
            for scale in (1, 2):
                render(browser, name, scale=scale)


if __name__ == "__main__":
    main()

"""The targets of links and paths in the documents exist."""

from pathlib import Path
import re

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "custom_components/aux_heat_guard"
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
INTERNAL_DOCUMENTS = [ROOT / "CONTRIBUTING.md", ROOT / "docs/design-decisions.md"]
LINK = re.compile(r"""\]\(([^)#]+)\)|(?:src|srcset)="([^"]+)\"""")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.]+(?:/[\w.]+)*/?")
CONSTANT = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+")
FILE_ENDINGS = (".py", ".md", ".json", ".yaml", ".yml", ".toml", ".svg", ".txt")
BASES = (ROOT, PACKAGE, PACKAGE / "core", ROOT / "tests")
CREATED_BY_SCRIPTS = {".venv", ".venv-core", ".venv-bench", ".tools", "config-night/"}
EXAMPLE_NAME = re.compile(r"\bmy_")
TREE_LINE = re.compile(r"( +)([\w.]+/?) +(.*)")
ONE_FILE_FOR_EACH = "one file for each"


def code_spans(document: Path) -> set[str]:
    return set(CODE.findall(document.read_text()))


def is_path(text: str) -> bool:
    return PATH.fullmatch(text) is not None and ("/" in text or text.endswith(FILE_ENDINGS))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_links_within_the_project(document: Path) -> None:
    links = {first or second for first, second in LINK.findall(document.read_text())}
    missing = [
        link for link in links if "://" not in link and not (document.parent / link).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("document", INTERNAL_DOCUMENTS, ids=lambda document: document.name)
def test_paths_in_backticks_exist(document: Path) -> None:
    paths = {
        text
        for text in code_spans(document)
        if is_path(text) and text not in CREATED_BY_SCRIPTS and not EXAMPLE_NAME.search(text)
    }
    missing = {path for path in paths if not any((base / path).exists() for base in BASES)}
    assert missing == set()


@pytest.mark.parametrize("document", INTERNAL_DOCUMENTS, ids=lambda document: document.name)
def test_constants_in_backticks_exist(document: Path) -> None:
    constants = {text for text in code_spans(document) if CONSTANT.fullmatch(text)}
    sources = [file.read_text() for file in PACKAGE.rglob("*.py")]
    missing = {
        constant
        for constant in constants
        if not any(re.search(rf"\b{constant}\b", source) for source in sources)
    }
    assert missing == set()


def listed_modules(tree: str) -> tuple[set[str], set[str]]:
    """Return the modules that an annotated tree lists, and the folders that it lists as a whole."""
    modules: set[str] = set()
    folders: set[str] = set()
    parents: list[str] = []
    for line in tree.splitlines():
        match = TREE_LINE.fullmatch(line)
        if match is None:
            continue
        indent, name, description = match.groups()
        del parents[len(indent) // 2 - 1 :]
        path = "/".join([*parents, name.rstrip("/")])
        if not name.endswith("/"):
            modules.add(path)
            continue
        parents.append(name.rstrip("/"))
        if description.startswith(ONE_FILE_FOR_EACH):
            folders.add(path)
    return modules, folders


def test_the_tree_lists_each_module() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    tree = text.split("```text\ncustom_components/aux_heat_guard/\n")[1].split("```")[0]
    modules, folders = listed_modules(tree)
    present = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if file.name != "__init__.py" or file.parent == PACKAGE
    }
    assert modules == {
        path for path in present if not any(path.startswith(f"{folder}/") for folder in folders)
    }

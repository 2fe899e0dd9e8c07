"""Documentation runs: the examples of the README, of every page in `docs` and of every docstring."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re
from pathlib import Path

import pytest

import supportq

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = ["supportq", *sorted(module.name for module in pkgutil.walk_packages(supportq.__path__, "supportq."))]
OPTIONAL = {"holidays", "matplotlib", "phonenumbers", "rich"}
"""What an extra brings: without it, the modules that need it cannot be tried."""
FENCE = re.compile(r"^(?P<indent> *)```python *\n(?P<code>.*?)^(?P=indent)``` *$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[int, str]]:
    """The Python blocks of a page, each with the line before it begins."""
    text = page.read_text(encoding="utf-8")
    return [(text.count("\n", 0, match.start("code")), match["code"]) for match in FENCE.finditer(text)]


def run(test: doctest.DocTest) -> None:
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(test, out=report.append, clear_globs=False)
    assert not runner.failures, "".join(report)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, object] = {"__name__": "page"}
    # Examples that read a file of the repository name it from the root.
    monkeypatch.chdir(ROOT)
    for line, code in blocks(page):
        if ">>>" in code:
            test = doctest.DocTestParser().get_doctest(code, names, f"{page.name}, line {line}", str(page), line)
            # The very same names for all blocks of a page (doctest takes a copy): functions of one see what another sets.
            test.globs = names
            run(test)
        else:
            # Padded, so that an error names the line of the page.
            exec(compile("\n" * line + code, str(page), "exec", dont_inherit=True), names)


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_the_examples_of_the_docstrings_run(name: str) -> None:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] not in OPTIONAL:
            raise
        pytest.skip(f"{name} needs {missing.name}, which an extra brings")
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, name):
        if test.examples:
            run(test)


def test_the_readme_opens_with_the_two_commands_and_an_example() -> None:
    """What it does, the two commands, then the example in which a desk is born, fed and replayed."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    demo, tests, example = page.find("supportq demo"), page.find("pytest"), page.find(">>> ")
    assert 0 < demo < tests < example
    code = "".join(text for _, text in blocks(ROOT / "README.md"))
    for word in ("Desk(policy)", "submit(", "take(", "reply(", "next_wakeup", "from_log("):
        assert word in code


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        path = os.path.normpath(page.parent / target.split("#")[0])
        assert Path(path).exists(), f"{page.name} links to {target}"
        assert Path(path).is_relative_to(ROOT), f"{page.name} leads out of the repository"

"""The layout, read from the sources: imports point down, the core touches nothing but values, names are documented."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from types import ModuleType

import pytest

import supportq

ROOT = Path(supportq.__file__).parent
LEVELS = (
    # Values: what is sent, and when. They import nothing but each other.
    ("errors", "_checks", "_frozen", "_instants", "_names", "_normal", "_words", "_index", "tickets", "hours", "staffing"),
    # What can happen, and the rules.
    ("when", "targets", "teams", "procedures", "fairness", "_reach", "policy", "events"),
    # The parts, each usable on its own.
    (
        "clocks",
        "ranking",
        "routing",
        "identity",
        "_truth",
        "_lifecycle",
        "duplicates",
        "_closing",
        "estimates",
        "_backlog",
        "_roster",
    ),
    # The desk, the only joiner.
    (
        "_adoption",
        "_crew",
        "_state",
        "_placing",
        "_snapshot",
        "_apply",
        "_cases",
        "_duty",
        "_transfer",
        "_handover",
        "_explain",
        "_advice",
        "_lateness",
        "_worse_off",
        "_facts",
        "_handling",
        "_governing",
        "_answers",
        "_intake",
        "_regrouping",
        "_due",
        "_outlook",
        "ledger",
        "metrics",
        "desk",
        "supportq",
    ),
    # Around the core and never imported by it.
    ("presets", "schema", "data", "simulation", "adapters", "testing", "cli", "__main__"),
)
"""Imports point down only, within a level to the left. `supportq` is the package's own `__init__`."""
ORDER = [part for level in LEVELS for part in level]
CORE = {part for level in LEVELS[:-1] for part in level}

THIRD_PARTY = {
    "_backlog": {"sortedcontainers"},
    "hours": {"dateutil"},
    "schema": {"pydantic", "pydantic_core"},
    "adapters": {"holidays", "phonenumbers"},
    "cli": {"matplotlib", "rich"},
}
"""Which part may use which library; all others none."""

IMPURE = {
    "asyncio",
    "concurrent",
    "ctypes",
    "fcntl",
    "getpass",
    "glob",
    "http",
    "importlib",
    "io",
    "locale",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "platform",
    "queue",
    "random",
    "sched",
    "secrets",
    "select",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "uuid",
    "warnings",
    "zoneinfo",
}
"""Standard modules that bring a clock, chance, a thread, the environment, a disk or a network."""
IMPURE_CALLS = {"open", "input", "print", "exec", "eval", "compile", "__import__", "breakpoint", "id", "hash"}
"""Built-in functions that reach outside, or whose answer differs between runs."""
CLOCKS = {"now", "utcnow", "today", "localtime", "monotonic", "perf_counter"}


def modules() -> list[str]:
    """Dotted names of all modules, `supportq` itself included."""
    names = (path.relative_to(ROOT.parent).with_suffix("").parts for path in sorted(ROOT.rglob("*.py")))
    return [".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in names]


MODULES = modules()


def source(module: str) -> ast.Module:
    path = ROOT.parent.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8"))


def part_of(module: str) -> str:
    """The part of the layout that a module belongs to: `supportq.cli._rank` is of `cli`."""
    return [*module.split("."), "supportq"][1] if "." in module else module


def imports(module: str) -> Iterator[str]:
    """What a module imports when it runs, anywhere in it; imports for the type checker alone do not run."""
    tree = source(module)
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by a relative path"
            assert node.module is not None
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


def inside(module: str) -> set[str]:
    """The modules of the package that a module imports."""
    return {name for name in imports(module) if name.split(".")[0] == "supportq"}


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_its_place(module: str) -> None:
    assert part_of(module) in ORDER, f"say in LEVELS where {module} belongs"


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    here = part_of(module)
    for name in inside(module):
        there = part_of(name)
        assert there == here or ORDER.index(there) < ORDER.index(here), f"{module} imports {name}, which stands above it"


def test_no_import_goes_in_a_circle() -> None:
    """Inside packages, too: take away what imports nothing that is left, until nothing is left."""
    left = {module: inside(module) - {module} for module in MODULES}
    while left:
        free = [module for module, needed in left.items() if not needed & left.keys()]
        assert free, f"these import each other: {sorted(left)}"
        for module in free:
            del left[module]


@pytest.mark.parametrize("module", MODULES)
def test_each_library_stays_in_its_part(module: str) -> None:
    roots = {name.split(".")[0] for name in imports(module)} - {"supportq"}
    foreign = {root for root in roots if root not in sys.stdlib_module_names}
    assert foreign <= THIRD_PARTY.get(part_of(module), set())


EXCEPTED_CALLS = {("_frozen", "exec")}
"""It makes the `__init__` of a class out of the names of its fields, when the class is defined, as `dataclass` itself does."""

CORE_MODULES = [module for module in MODULES if part_of(module) in CORE]


@pytest.mark.parametrize("module", CORE_MODULES)
def test_the_core_imports_no_clock_chance_thread_or_file(module: str) -> None:
    assert not {name.split(".")[0] for name in imports(module)} & IMPURE


@pytest.mark.parametrize("module", CORE_MODULES)
def test_the_core_calls_no_clock_and_nothing_outside(module: str) -> None:
    for node in ast.walk(source(module)):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and (part_of(module), called.id) not in EXCEPTED_CALLS:
                assert called.id not in IMPURE_CALLS, f"{module}:{node.lineno} calls {called.id}"
            elif isinstance(called, ast.Attribute):
                assert called.attr not in CLOCKS, f"{module}:{node.lineno} calls {called.attr}"


@pytest.mark.parametrize("module", CORE_MODULES)
def test_the_core_sums_floats_exactly(module: str) -> None:
    """T1: a plain `sum` of floats differs between Python versions; a sum of whole numbers does not, and says so."""
    for node in ast.walk(source(module)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum":
            assert "share for" not in ast.unparse(node), f"{module}:{node.lineno}: use math.fsum"


def test_the_desk_alone_joins_the_parts() -> None:
    """A part knows the parts below it, never the desk; each can be imported without it."""
    for module in CORE_MODULES:
        if part_of(module) not in LEVELS[3] or part_of(module) in ("_adoption", "_state"):
            assert not {"supportq.desk", "supportq._state", "supportq._apply", "supportq"} & inside(module) - {module}


# ---------------------------------------------------------------------------- names


def test_the_surface_is_small_and_sorted() -> None:
    assert len(supportq.__all__) <= 25
    assert supportq.__all__ == sorted(set(supportq.__all__))
    public = {name for name, value in vars(supportq).items() if not name.startswith("_") and not isinstance(value, ModuleType)}
    assert public <= set(supportq.__all__)


@pytest.mark.parametrize("name", supportq.__all__)
def test_an_exported_name_is_documented_with_its_methods(name: str) -> None:
    value = getattr(supportq, name)
    assert value.__doc__
    if isinstance(value, type):
        # A dataclass writes a docstring of its own where there is none: its signature.
        assert not value.__doc__.startswith(f"{name}(")
        for key, member in vars(value).items():
            if not key.startswith("_") and (callable(member) or isinstance(member, (property, classmethod))):
                documented = getattr(member, "__doc__", None) or getattr(getattr(member, "__func__", None), "__doc__", None)
                assert documented, f"{name}.{key} has no docstring"


def exported(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


@pytest.mark.parametrize("module", [m for m in MODULES if exported(source(m)) and "._" not in m])
def test_every_name_that_a_module_exports_is_there_and_documented(module: str) -> None:
    tree = source(module)
    documented = set()
    for node, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            documented.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            # The field's way to document a constant or a type: the sentence below it.
            if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                documented |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom):
            documented |= {alias.asname or alias.name for alias in node.names}
    assert set(exported(tree)) <= documented


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is(module: str) -> None:
    assert ast.get_docstring(source(module))


def test_functions_are_short() -> None:
    """Median ten lines or fewer, nine in ten under 30, none over 60."""
    lengths = {
        f"{module}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for module in MODULES
        for node in ast.walk(source(module))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert median(lengths.values()) <= 10
    assert quantiles(lengths.values(), n=10)[-1] < 30
    assert [name for name, length in lengths.items() if length > 60] == []


def test_the_state_changes_in_one_place() -> None:
    """G1: what applies events changes where tickets stand, and whoever made or read events has them applied."""
    changing = {module for module in CORE_MODULES if "supportq._placing" in inside(module)}
    assert changing == {"supportq._apply", "supportq._snapshot"}
    applying = {module for module in CORE_MODULES if "supportq._apply" in inside(module)}
    assert applying == {"supportq.desk", "supportq._due", "supportq._regrouping", "supportq.ledger"}

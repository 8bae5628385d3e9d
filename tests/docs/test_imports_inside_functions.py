"""Imports stand at the top of a file; those inside a function are listed here, each with its reason."""

import ast
import resource
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.support.places import ROOT

PACKAGE: Final = ROOT / "simulator"
HELP_SECONDS: Final = 0.3

HELP: Final = "`--help` answers at once: a command imports what it needs when it runs"
WORD: Final = "the extra `word` is optional"
FHIR: Final = "the extra `fhir` is optional"
CLUSTER: Final = "the extra `cluster` is optional"
NOTEBOOK: Final = "the extra `notebook` is optional"
PLATFORM: Final = "there is no such module on Windows"
CALAMINE: Final = "it stays away where it cannot be installed: a workbook is then refused in a sentence"
DISPLAY: Final = "it chooses a display for the whole process, which only a notebook wants"
BEDSIDE: Final = (
    "a decision is answered at once: designs and exact engine load neither pandas nor scipy (tested)"
)
FIGURES: Final = (
    "matplotlib takes as long to load as a hundred trials, and a comparison draws nothing of itself"
)
EXTRA: Final = {WORD: "word", CLUSTER: "cluster", FHIR: "fhir", NOTEBOOK: "notebook"}

INSIDE: Final[dict[str, dict[str, str]]] = {
    "simulator.commands.cli.attrition": {
        "simulator.commands.attrition": HELP,
        "simulator.trial.engines": HELP,
    },
    "simulator.commands.cli.compare": {"simulator.commands.compare": HELP, "simulator.runs.cluster": HELP},
    "simulator.commands.cli.conduct": {
        "simulator.commands.next_dose": HELP,
        "simulator.commands.next_dose_early": HELP,
        "simulator.commands.paths": HELP,
        "simulator.commands.table": HELP,
        "simulator.commands.trial_so_far": HELP,
    },
    "simulator.commands.cli.exact": {"simulator.commands.exact": HELP},
    "simulator.commands.cli.explain": {"simulator.commands.explain": HELP},
    "simulator.commands.cli.fields": {"simulator.commands.fields": HELP},
    "simulator.commands.cli.fit": {"simulator.commands.fit": HELP},
    "simulator.commands.cli.forecast": {
        "simulator.commands.forecast": HELP,
        "simulator.runs.cluster": HELP,
        "simulator.trial.engines": HELP,
    },
    "simulator.commands.cli.population": {"simulator.commands.population": HELP},
    "simulator.commands.cli.replay": {"simulator.commands.replay": HELP},
    "simulator.commands.cli.report": {"simulator.commands.report": HELP},
    "simulator.commands.cli.resources": {
        "simulator.commands.resources": HELP,
        "simulator.trial.engines": HELP,
    },
    "simulator.commands.cli.scenario_files": {
        "simulator.commands.init": HELP,
        "simulator.commands.scenario_files": HELP,
    },
    "simulator.commands.cli.screen": {"simulator.commands.screen": HELP},
    "simulator.commands.cli.what_if": {
        "simulator.commands.what_if": HELP,
        "simulator.runs.cluster": HELP,
        "simulator.trial.engines": HELP,
    },
    "simulator.designs.blrm_posterior": {"scipy.special": BEDSIDE},
    "simulator.designs.blrm_risk_posterior": {"scipy.special": BEDSIDE},
    "simulator.designs.boundary_tables": {"scipy.special": BEDSIDE},
    "simulator.designs.cfo_odds": {"scipy.special": BEDSIDE},
    "simulator.designs.cfo_tables": {"scipy.special": BEDSIDE},
    "simulator.designs.crm_posterior": {"scipy.special": BEDSIDE},
    "simulator.designs.decision_table": {"pandas": BEDSIDE},
    "simulator.designs.desirability": {"scipy.special": BEDSIDE},
    "simulator.designs.desirability_ranks": {"pandas": BEDSIDE},
    "simulator.designs.desirability_scores": {"pandas": BEDSIDE},
    "simulator.designs.estimates": {"scipy.special": BEDSIDE},
    "simulator.designs.excluded_sizes": {"scipy.special": BEDSIDE},
    "simulator.designs.interval_design": {"pandas": BEDSIDE},
    "simulator.designs.patient_rows": {"pandas": BEDSIDE},
    "simulator.designs.stopping_rules": {"scipy.special": BEDSIDE},
    "simulator.designs.unit_mass": {"scipy.special": BEDSIDE},
    "simulator.exact.evaluate": {"pandas": BEDSIDE},
    "simulator.html_tables": {"pandas": BEDSIDE, "pandas.api.types": BEDSIDE},
    "simulator.patients.fhir.files": {
        "fhir.resources.R4B.condition": FHIR,
        "fhir.resources.R4B.observation": FHIR,
        "fhir.resources.R4B.patient": FHIR,
        "fhir.resources.R4B.servicerequest": FHIR,
    },
    "simulator.patients.list_files.old_workbook": {"python_calamine": CALAMINE, "resource": PLATFORM},
    "simulator.patients.list_files.workbook": {"python_calamine": CALAMINE},
    "simulator.report.figures.style": {"IPython": NOTEBOOK, "matplotlib": DISPLAY},
    "simulator.report.render.html": {"simulator.report.sections.figures": FIGURES},
    "simulator.report.render.protocol_section": {"simulator.report.sections.figures": FIGURES},
    "simulator.report.render.word": {
        "docx": WORD,
        "docx.enum.text": WORD,
        "docx.oxml": WORD,
        "docx.oxml.ns": WORD,
        "docx.shared": WORD,
    },
    "simulator.runs.atomic_files": {"fcntl": PLATFORM},
    "simulator.runs.cluster": {"dask": CLUSTER, "distributed": CLUSTER},
    "simulator.what_if_page.page": {"IPython.display": NOTEBOOK, "ipywidgets": NOTEBOOK},
}
"""Module -> imported module -> why the import stands inside a function. No other reason than those above is one."""


def test_every_import_inside_a_function_is_listed_with_its_reason() -> None:
    listed = {(module, name) for module, names in INSIDE.items() for name in names}
    assert inside_functions() - listed == set()


def test_every_reason_belongs_to_an_import() -> None:
    listed = {(module, name) for module, names in INSIDE.items() for name in names}
    assert listed - inside_functions() == set()


def test_an_import_for_an_extra_is_of_a_package_that_is_not_always_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    always = {requirement.partition(">")[0] for requirement in project["dependencies"]}
    for module, names in INSIDE.items():
        for name, reason in names.items():
            if reason in EXTRA:
                assert EXTRA[reason] in project["optional-dependencies"], module
                assert name.partition(".")[0] not in always, f"{module}: {name} is always installed"


def test_help_answers_at_once() -> None:
    assert min(processor_seconds("--help") for _ in range(3)) < HELP_SECONDS


def processor_seconds(*arguments: str) -> float:
    """Return what a command takes of the processor: other work on the machine does not count."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "simulator", *arguments], cwd=ROOT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def inside_functions() -> set[tuple[str, str]]:
    """Return every (module, imported module) whose import stands inside a function."""
    return {
        (_dotted(file), name)
        for file in PACKAGE.rglob("*.py")
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for name in _imported(function)
    }


def _imported(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, "relative imports are not used"
            yield node.module


def _dotted(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

"""`make quick` leaves out the tests that measurement has found slow, and no others."""

import re

from tests import slow
from tests.support.places import ROOT
from tests.validation import functions_in

TIMES = """\
fixture\t3.0\ttests/a.py::run
fixture\t0.2\t::scenario
needs\ttests/a.py::run\ttests/a.py::test_of_the_run
needs\t::scenario\ttests/a.py::test_quick
call\t0.01\ttests/a.py::test_of_the_run
call\t0.60\ttests/a.py::test_of_cases[one]
call\t0.60\ttests/a.py::test_of_cases[two]
call\t0.90\ttests/a.py::test_quick
"""


def test_a_test_is_slow_by_all_its_cases_or_by_what_it_needs():
    found = slow.slow(TIMES.splitlines())
    assert found == ["tests/a.py::test_of_cases", "tests/a.py::test_of_the_run"]


def test_every_slow_test_exists():
    """A renamed test is renamed in tests/slow_tests.txt too, or all are measured again (tests/slow.py)."""
    for name in slow.named():
        file, test = name.split("::")
        assert test in functions_in(file), name


def test_a_slow_test_is_marked(request):
    marked = {item.nodeid.split("[")[0] for item in request.session.items if item.get_closest_marker("slow")}
    collected = {item.nodeid.split("[")[0] for item in request.session.items}
    assert marked == slow.named() & collected


def test_the_quick_check_is_the_whole_one_without_slow_tests_and_notebooks():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipes = {
        name: re.search(rf"^{name}:[^\n]*\n((?:\t[^\n]*\n)+)", makefile, re.M)[1].splitlines()
        for name in ("quick", "test")
    }
    assert recipes["quick"][:-1] == recipes["test"][: len(recipes["quick"]) - 1]
    assert recipes["quick"][-1] == '\t$(tests) -m "not slow" tests'

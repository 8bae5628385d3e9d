"""A trial too large for memory is refused early, with the number of states; one that fits never is."""

from collections.abc import Iterable
from time import process_time

import pytest

from simulator.designs import BOIN
from simulator.designs.design import Design
from simulator.errors import DesignError
from simulator.exact import compile_graph
from simulator.exact.memory import Held, MemoryGuard

GIBIBYTE = 2**30


@pytest.mark.parametrize(
    "design",
    [
        BOIN(n_doses=10, max_n=60),
        BOIN(n_doses=8, max_n=50, cohort_size=1),
        BOIN(n_doses=6, max_n=60, cohort_size=2, titration=True),
        BOIN(n_doses=10, max_n=62, cohort_size=1),
    ],
)
def test_a_trial_far_too_large_is_refused_within_seconds(design: Design) -> None:
    before = process_time()
    with pytest.raises(DesignError, match=r"about [\d,]{10,} states of .*simulator\.exact\.simulate"):
        compile_graph(design, [design.max_n])
    assert process_time() - before < 8


def _peak_states(monkeypatch: pytest.MonkeyPatch, design: Design, caps: Iterable[int]) -> int:
    held: list[int] = []
    check = MemoryGuard.check

    def seen(guard: MemoryGuard, now: Held) -> None:
        held.append(now.states)
        check(guard, now)

    with monkeypatch.context() as patch:
        patch.setattr(MemoryGuard, "check", seen)
        compile_graph(design, caps)
    return max(held)


@pytest.mark.parametrize(
    ("design", "caps"),
    [
        (BOIN(), [42]),
        (BOIN(cohort_size=1), [30]),
        (BOIN(titration=True), [42]),
        (BOIN(stop_n_at_dose=9), [45]),
        (BOIN(n_doses=4), range(15, 51)),
        (BOIN(n_doses=4, cohort_size=2), range(15, 43)),
        (BOIN(cohort_size=1), range(15, 29)),
    ],
)
def test_refusal_is_where_the_states_no_longer_fit(
    monkeypatch: pytest.MonkeyPatch, design: Design, caps: Iterable[int]
) -> None:
    needs = 110 * _peak_states(monkeypatch, design, caps)
    compile_graph(design, caps, memory_limit_bytes=int(1.35 * needs))
    with pytest.raises(DesignError, match="would need about"):
        compile_graph(design, caps, memory_limit_bytes=needs - 1)


def test_the_states_foreseen_are_about_those_there_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    design = BOIN(n_doses=6, max_n=48)
    peak = _peak_states(monkeypatch, design, [48])
    with pytest.raises(DesignError, match=r"more than 0\.1 GiB") as refused:
        compile_graph(design, [48], memory_limit_bytes=GIBIBYTE // 10)
    words = str(refused.value).split()
    foreseen = int(words[words.index("states") - 1].replace(",", ""))
    assert 0.75 * peak < foreseen < 1.35 * peak
    held = int(str(refused.value).split("(")[1].split()[0].replace(",", ""))
    assert 110 * held < GIBIBYTE // 10  # before the memory was taken

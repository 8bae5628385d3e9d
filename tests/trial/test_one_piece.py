"""Compiled code is made in one piece where numba's inside is known, with the same results as in many."""

import pytest

pytest.importorskip("numba")

import llvmlite.binding
import numba
from numba.core.codegen import CPUCodeLibrary
from numba.core.cpu import CPUContext
from numba.extending import register_jitable

from simulator.trial.compiled import one_piece
from simulator.trial.compiled.one_piece import in_one_piece


@register_jitable
def _third(value: float) -> float:
    return value / 3


@register_jitable
def _sum_of_thirds(count: int) -> float:
    total = 0.0
    for k in range(count):
        total += _third(k)
    return total


def whole(count: int) -> float:
    return _sum_of_thirds(count) + _third(1.0)


def also(count: int) -> float:
    return 2 * _sum_of_thirds(count)


def _finalized(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of functions of which machine code is made from now on."""
    names: list[str] = []
    own = CPUCodeLibrary._finalize_final_module

    def finalize(library: CPUCodeLibrary) -> None:
        names.append(library.name)
        own(library)

    monkeypatch.setattr(CPUCodeLibrary, "_finalize_final_module", finalize)
    return names


def test_machine_code_is_made_of_the_whole_alone_and_parts_serve_others_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not one_piece.is_known():
        pytest.skip("this numba's inside is not known")
    names = _finalized(monkeypatch)
    before = CPUCodeLibrary._finalize_final_module, CPUContext.get_executable
    with in_one_piece("whole"):
        made = numba.njit("float64(int64)")(whole)
    assert names == ["whole"]
    assert made(1000) == whole(1000)
    assert (CPUCodeLibrary._finalize_final_module, CPUContext.get_executable) == before
    later = numba.njit("float64(int64)")(also)  # links the parts of the other
    assert later(1000) == also(1000)
    assert names == ["whole", "also"]


def test_parts_are_the_wholes_own_and_long_ones_stay_apart() -> None:
    steps = "\n".join(f"%{k} = add i64 %{k - 1}, {k}" for k in range(1, 400))
    module = llvmlite.binding.parse_assembly(
        "define i64 @whole(i64) {\nret i64 %0\n}\n"
        "define linkonce_odr i64 @short(i64) {\nret i64 %0\n}\n"
        f"define linkonce_odr i64 @long(i64) {{\nstart:\n{steps}\nret i64 %399\n}}\n"
    )
    one_piece.keep_to_itself(module)
    linkage = {function.name: function.linkage for function in module.functions}
    own = llvmlite.binding.Linkage.internal
    assert linkage == {"whole": llvmlite.binding.Linkage.external, "short": own, "long": own}
    apart = {one.name for one in module.functions if any(b"noinline" in each for each in one.attributes)}
    assert apart == {"long"}


def test_a_numba_that_is_not_known_is_left_to_do_as_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba, "version_info", (99, 0, 0))
    before = CPUCodeLibrary._finalize_final_module
    assert not one_piece.is_known()
    with in_one_piece("whole"):
        assert CPUCodeLibrary._finalize_final_module is before


def test_numba_does_as_before_after_a_function_that_does_not_compile() -> None:
    before = CPUCodeLibrary._finalize_final_module

    def faulty(count: int) -> object:
        return count.nothing  # type: ignore[attr-defined]

    with pytest.raises(numba.TypingError), in_one_piece(faulty.__qualname__):
        numba.njit("float64(int64)")(faulty)
    assert CPUCodeLibrary._finalize_final_module is before

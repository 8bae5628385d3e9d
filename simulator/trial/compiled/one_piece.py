"""Compile a function and all that it calls in one piece.

numba makes machine code of each function that is called too, which takes three times as long; nobody runs it, as the
rules are functions of Python's wherever Python calls them. Here they are handed to their callers as they are, and the
whole is optimised once. Nor are numba's timers told of every step, which takes a tenth of the time: hundreds run, one
within another. That rests on numba's inside: versions that are not known are left to do as they do.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numba
from llvmlite.binding import Linkage
from numba import _dynfunc
from numba.core import event
from numba.core.codegen import CPUCodeLibrary, JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.cpu import CPUContext

KNOWN: Final = ((0, 61), (0, 68))
"""First and last version of numba of which the inside is known."""
_LONG: Final = 250
"""Instructions from which on a part stays apart."""


def is_known() -> bool:
    """Return whether this version of numba can be told."""
    return KNOWN[0] <= numba.version_info[:2] <= KNOWN[1]


def keep_to_itself(module: Any) -> None:
    """Let nothing but the whole call its parts, so that what never happens is left out: errors that none raises.

    Long parts stay apart. What is called once would else be written into its caller, whatever its length, and
    compiling takes five minutes.
    """
    for function in module.functions:
        if not function.is_declaration and function.linkage == Linkage.linkonce_odr:
            function.linkage = Linkage.internal
            if sum(1 for block in function.blocks for _ in block.instructions) > _LONG:
                function.add_function_attribute("noinline")


@contextmanager
def in_one_piece(name: str) -> Iterator[None]:
    """Let what is compiled in the block be one piece: of the function of this qualified name."""
    if not is_known():
        yield
        return
    hooks = ("_optimize_final_module", "_finalize_final_module")
    optimize, finalize = (getattr(CPUCodeLibrary, hook) for hook in hooks)
    executable, broadcast = CPUContext.get_executable, event.broadcast
    wrappers = {
        wrap: getattr(CPUContext, wrap) for wrap in ("create_cpython_wrapper", "create_cfunc_wrapper")
    }

    def is_a_part(library: Any) -> bool:
        return isinstance(library, JITCodeLibrary) and library.name != name

    def optimize_whole(library: Any) -> None:
        if not is_a_part(library):
            keep_to_itself(library._final_module)
            optimize(library)

    def finalize_whole(library: Any) -> None:
        if not is_a_part(library):
            finalize(library)
            return
        library._finalize_dynamic_globals()
        library._finalized = True

    def executable_whole(context: Any, library: Any, of: Any, env: Any) -> Any:
        if not is_a_part(library):
            return executable(context, library, of, env)
        library._ensure_finalized()
        # What stands for the part in Python; nothing calls it.
        return _dynfunc.make_function(of.lookup_module(), of.qualname.split(".")[-1], "", 0, env, (library,))

    def wrapped(wrap: str) -> Callable[..., None]:
        def make(context: Any, library: Any, *of: Any, **how: Any) -> None:
            if not is_a_part(library):  # nobody calls a part from Python or C
                wrappers[wrap](context, library, *of, **how)

        return make

    with global_compiler_lock:  # nothing else is compiled meanwhile
        CPUCodeLibrary._optimize_final_module = optimize_whole
        CPUCodeLibrary._finalize_final_module = finalize_whole
        CPUContext.get_executable = executable_whole
        for wrap in wrappers:
            setattr(CPUContext, wrap, wrapped(wrap))
        event.broadcast = lambda _: None
        try:
            yield
        finally:
            CPUCodeLibrary._optimize_final_module = optimize
            CPUCodeLibrary._finalize_final_module = finalize
            CPUContext.get_executable = executable
            for wrap, own in wrappers.items():
                setattr(CPUContext, wrap, own)
            event.broadcast = broadcast


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector look seldom in the block: what is compiled is many small objects, all of them in use."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)

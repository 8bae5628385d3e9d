"""Lines of patients in compiled code: what a list of patients is to the handlers."""

import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.imputils import RefType, iternext_impl
from numba.extending import intrinsic, lower_builtin, overload, overload_method, register_model

from simulator.trial.compiled.structs import (
    BYTE,
    INT,
    WORD,
    Struct,
    _at,
    address_of,
    load_int,
    new_struct,
    number,
    store_int,
    types,
)


class LineStruct(Struct, types.IterableType):
    """A line of structs: pointers from `first` to before `last` of `capacity` places at an address."""

    element: Any = None

    @property
    def iterator_type(self) -> Any:
        """The type of its iterator."""
        return LineIterator(self)


class LineIterator(types.SimpleIteratorType):
    """Goes through a line as it is when the loop begins."""

    def __init__(self, line: Any) -> None:
        self.line = line
        super().__init__(f"iter({line.name})", line.element)


@register_model(LineIterator)
class _LineIteratorModel(models.StructModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        members = [("next", types.EphemeralPointer(types.int64)), ("end", types.int64)]
        super().__init__(dmm, fe_type, members)


def new_line(element: Any) -> Any:
    """Return the type of a line of such structs."""
    line = new_struct(
        f"{element.name}Line",
        {"storage": number(INT), "first": number(INT), "last": number(INT), "capacity": number(INT)},
        base=LineStruct,
    )
    line.element = element
    return line


@lower_builtin("getiter", LineStruct)
def _getiter(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    (line,) = args
    iterator = cgutils.create_struct_proxy(sig.return_type)(context, builder)
    storage, first, last = (builder.load(_at(builder, line, 8 * k, WORD)) for k in range(3))
    eight = ir.Constant(WORD, 8)
    place = cgutils.alloca_once_value(builder, builder.add(storage, builder.mul(first, eight)))
    iterator.next = place
    iterator.end = builder.add(storage, builder.mul(last, eight))
    return iterator._getvalue()


@lower_builtin("iternext", LineIterator)
@iternext_impl(RefType.BORROWED)
def _iternext(context: Any, builder: Any, sig: Any, args: Any, result: Any) -> None:
    iterator = cgutils.create_struct_proxy(sig.args[0])(context, builder, value=args[0])
    place = builder.load(iterator.next)
    valid = builder.icmp_unsigned("<", place, iterator.end)
    result.set_valid(valid)
    with builder.if_then(valid):
        result.yield_(builder.load(builder.inttoptr(place, BYTE.as_pointer().as_pointer())))
        builder.store(builder.add(place, ir.Constant(WORD, 8)), iterator.next)


@intrinsic
def element_at(typingctx: Any, line: Any, address: Any) -> Any:
    """Return the struct of the line's kind at an address."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[1], BYTE.as_pointer())

    return line.element(line, types.int64), codegen


@overload(len, strict=False)
def _len(line: Any) -> Any:
    if isinstance(line, LineStruct):
        return lambda line: line.last - line.first
    return None


@overload(bool, strict=False)
def _bool(line: Any) -> Any:
    if isinstance(line, LineStruct):
        return lambda line: line.last > line.first
    return None


@overload(operator.getitem, strict=False)
def _getitem(line: Any, at: Any) -> Any:
    if isinstance(line, LineStruct):
        return lambda line, at: element_at(line, load_int(line.storage, line.first + at))
    return None


@overload(operator.contains, strict=False)
def _contains(line: Any, one: Any) -> Any:
    if not isinstance(line, LineStruct):
        return None

    def contains(line: Any, one: Any) -> bool:
        address = address_of(one)
        for at in range(line.first, line.last):  # noqa: SIM110 - numba compiles no generator expression
            if load_int(line.storage, at) == address:
                return True
        return False

    return contains


@overload_method(LineStruct, "append", strict=False)
def _append(line: Any, one: Any) -> Any:
    def append(line: Any, one: Any) -> None:
        if line.last == line.capacity:
            # Places at the front are free again: a line never holds more than its capacity.
            for at in range(line.first, line.last):
                store_int(line.storage, at - line.first, load_int(line.storage, at))
            line.last -= line.first
            line.first = 0
        store_int(line.storage, line.last, address_of(one))
        line.last += 1

    return append


@overload_method(LineStruct, "pop", strict=False)
def _pop(line: Any, at: Any) -> Any:
    def pop(line: Any, at: Any) -> Any:
        taken = load_int(line.storage, line.first + at)
        for before in range(line.first + at, line.first, -1):
            store_int(line.storage, before, load_int(line.storage, before - 1))
        line.first += 1
        return element_at(line, taken)

    return pop


@overload_method(LineStruct, "clear", strict=False)
def _clear(line: Any) -> Any:
    def clear(line: Any) -> None:
        line.first = 0
        line.last = 0

    return clear


@overload_method(LineStruct, "remove", strict=False)
def _remove(line: Any, one: Any) -> Any:
    def remove(line: Any, one: Any) -> None:
        address, found = address_of(one), False
        for at in range(line.first, line.last):
            if found:
                store_int(line.storage, at - 1, load_int(line.storage, at))
            elif load_int(line.storage, at) == address:
                found = True
        line.last -= found

    return remove


@overload_method(LineStruct, "sort", strict=False)
def _sort(line: Any, key: Any) -> Any:
    def sort(line: Any, key: Any) -> None:
        for k in range(line.first + 1, line.last):
            moved = load_int(line.storage, k)
            by, at = key(element_at(line, moved)), k
            while at > line.first:
                before = load_int(line.storage, at - 1)
                if key(element_at(line, before)) <= by:
                    break
                store_int(line.storage, at, before)
                at -= 1
            store_int(line.storage, at, moved)

    return sort

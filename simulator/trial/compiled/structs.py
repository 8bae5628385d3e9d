"""Plain records in memory, seen by compiled code as objects with attributes.

A `Struct` is a pointer to fields at fixed offsets: numbers, structs inside it, pointers to other structs, arrays
inside it or elsewhere. The handlers of the trial are compiled over structs as they stand, so that `patient.state`
means the same in both engines. A struct has the memory layout of a NumPy record, by which Python fills and reads it.
"""

import operator
from importlib import import_module
from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.imputils import lower_cast, lower_setattr_generic
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, lower_builtin, lower_getattr_generic, register_model
from numba.np.arrayobj import make_array, populate_array

types: Any = import_module("numba.core.types")  # made as numba is imported: mypy knows none of them
BYTE: Final = ir.IntType(8)
WORD: Final = ir.IntType(64)


class Field:
    """One field: where it is and what it holds."""

    def __init__(self, kind: str, type_: Any, size: int, **more: Any) -> None:
        self.kind, self.type, self.size = kind, type_, size
        self.offset = 0
        self.more = more


def number(type_: Any) -> Field:
    """A number or a flag; all are 8 bytes wide in the record, so that fields are aligned."""
    return Field("number", type_, 8)


INT: Final = types.int64
FLOAT: Final = types.float64
FLAG: Final = types.boolean
DTYPES: Final = {INT: np.int64, FLOAT: np.float64, FLAG: np.int64}


def inside(struct: "Struct") -> Field:
    """A struct within this one."""
    return Field("inside", struct, struct.size)


def pointer(struct: "Struct") -> Field:
    """A pointer to another struct."""
    return Field("pointer", struct, 8)


def array(type_: Any, capacity: int, length: str | None = None) -> Field:
    """An array within the struct; its length is that of a field of the struct, or the capacity."""
    return Field("array", type_, 8 * capacity, length=length, capacity=capacity)


def column(type_: Any, offset: int, stride: int, attempts: int = 0) -> Field:
    """A column of the rows that the struct's first two words place: address and number of rows."""
    return Field("column", type_, 0, offset=offset, stride=stride, attempts=attempts)


def view(struct: "Struct") -> Field:
    """The same memory under another type."""
    return Field("view", struct, 0)


class Struct(types.Type):
    """A pointer to fields at fixed offsets."""

    def __init__(self, name: str, fields: dict[str, Field]) -> None:
        offset = 0
        for one in fields.values():
            one.offset = offset
            offset += one.size
        self.fields = fields
        self.size = offset
        self.dtype: Final = self._dtype()
        super().__init__(name)

    def _dtype(self) -> np.dtype[Any]:
        """The same layout as a NumPy record."""
        names: list[str] = []
        formats: list[np.dtype[Any]] = []
        offsets: list[int] = []
        for name, one in self.fields.items():
            if one.size == 0:
                continue
            names.append(name)
            offsets.append(one.offset)
            if one.kind == "number":
                formats.append(np.dtype(DTYPES[one.type]))
            elif one.kind == "inside":
                formats.append(one.type.dtype)
            elif one.kind == "pointer":
                formats.append(np.dtype(np.int64))
            else:
                formats.append(np.dtype((DTYPES[one.type], (one.more["capacity"],))))
        return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": self.size})

    def attribute(self, attr: str) -> Any:
        """Return the type of an attribute, None where there is none."""
        one = self.fields.get(attr)
        if one is None:
            return None
        if one.kind == "array":
            return types.Array(one.type, 1, "C")
        if one.kind == "column":
            return types.Array(one.type, 2 if one.more["attempts"] else 1, "A")
        return one.type

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        """A struct is set from a named tuple, field by field; a pointer from None."""
        if isinstance(other, types.NoneType):
            return Conversion.safe
        if isinstance(other, types.NamedTuple) and set(other.fields) == set(self.fields):
            return Conversion.safe
        return None


class StructModel(models.PrimitiveModel):
    """A pointer to bytes."""

    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, BYTE.as_pointer())


@infer_getattr
class _StructAttributes(AttributeTemplate):
    key = Struct

    def generic_resolve(self, struct: Any, attr: str) -> Any:
        return struct.attribute(attr)


def new_struct(name: str, fields: dict[str, Field], base: type = Struct) -> Any:
    """Return a struct type of a class of its own, to which methods can be given."""
    class_ = type(f"{name}Struct", (base,), {})
    register_model(class_)(StructModel)
    return class_(name, fields)


def _at(builder: Any, pointer_: Any, offset: int, to: Any) -> Any:
    place = builder.gep(pointer_, [ir.Constant(WORD, offset)])
    return builder.bitcast(place, to.as_pointer())


def _load_number(context: Any, builder: Any, type_: Any, base: Any, offset: int) -> Any:
    if type_ is FLAG:
        return builder.icmp_unsigned(
            "!=", builder.load(_at(builder, base, offset, WORD)), ir.Constant(WORD, 0)
        )
    return builder.load(_at(builder, base, offset, context.get_value_type(type_)))


def _array(context: Any, builder: Any, type_: Any, data: Any, shape: list[Any], strides: list[Any]) -> Any:
    made = make_array(type_)(context, builder)
    populate_array(
        made,
        data=builder.bitcast(data, context.get_data_type(type_.dtype).as_pointer()),
        shape=cgutils.pack_array(builder, shape),
        strides=cgutils.pack_array(builder, strides),
        itemsize=ir.Constant(WORD, 8),
        meminfo=None,
        parent=None,
    )
    return made._getvalue()


@lower_getattr_generic(Struct)
def _get(context: Any, builder: Any, struct: Any, value: Any, attr: str) -> Any:
    one = struct.fields[attr]
    if one.kind == "number":
        return _load_number(context, builder, one.type, value, one.offset)
    if one.kind == "view":
        return value
    if one.kind == "inside":
        return builder.gep(value, [ir.Constant(WORD, one.offset)])
    if one.kind == "pointer":
        return builder.load(_at(builder, value, one.offset, BYTE.as_pointer()))
    type_ = struct.attribute(attr)
    eight = ir.Constant(WORD, 8)
    if one.kind == "array":
        length = one.more["length"]
        if length is None:
            count = ir.Constant(WORD, one.more["capacity"])
        else:
            count = builder.load(_at(builder, value, struct.fields[length].offset, WORD))
        data = builder.gep(value, [ir.Constant(WORD, one.offset)])
        return _array(context, builder, type_, data, [count], [eight])
    rows = builder.load(_at(builder, value, 0, BYTE.as_pointer()))
    count = builder.load(_at(builder, value, 8, WORD))
    data = builder.gep(rows, [ir.Constant(WORD, one.more["offset"])])
    stride = ir.Constant(WORD, one.more["stride"])
    if one.more["attempts"]:
        attempts = ir.Constant(WORD, one.more["attempts"])
        return _array(context, builder, type_, data, [attempts, count], [eight, stride])
    return _array(context, builder, type_, data, [count], [stride])


@lower_setattr_generic(Struct)
def _set(context: Any, builder: Any, sig: Any, args: Any, attr: str) -> None:
    struct, given = sig.args
    target, value = args
    one = struct.fields[attr]
    if one.kind == "number":
        value = context.cast(builder, value, given, one.type)
        if one.type is FLAG:
            value = builder.zext(value, WORD)
        builder.store(value, _at(builder, target, one.offset, value.type))
    elif one.kind == "pointer":
        builder.store(value, _at(builder, target, one.offset, BYTE.as_pointer()))
    elif one.kind == "inside":
        place = builder.gep(target, [ir.Constant(WORD, one.offset)])
        cgutils.raw_memcpy(builder, place, value, ir.Constant(WORD, one.type.size), 1)
    else:
        raise NotImplementedError(f"{struct}.{attr} cannot be set")


@lower_cast(types.NamedTuple, Struct)
def _from_named_tuple(context: Any, builder: Any, fromty: Any, toty: Any, value: Any) -> Any:
    made = cgutils.alloca_once(builder, ir.ArrayType(BYTE, toty.size))
    base = builder.bitcast(made, BYTE.as_pointer())
    for place, (name, type_) in enumerate(zip(fromty.fields, fromty.types, strict=True)):
        part = builder.extract_value(value, place)
        one = toty.fields[name]
        part = context.cast(builder, part, type_, one.type)
        if one.type is FLAG:
            part = builder.zext(part, WORD)
        builder.store(part, _at(builder, base, one.offset, part.type))
    return base


@lower_cast(types.NoneType, Struct)
def _from_none(context: Any, builder: Any, fromty: Any, toty: Any, value: Any) -> Any:
    return BYTE.as_pointer()(None)


@lower_builtin(operator.is_, Struct, types.NoneType)
def _is_none(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.icmp_unsigned("==", args[0], BYTE.as_pointer()(None))


@lower_builtin(operator.is_, Struct, Struct)
def _is(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.icmp_unsigned("==", *args)


@intrinsic
def address_of(typingctx: Any, struct: Any) -> Any:
    """Return the address of a struct."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ptrtoint(args[0], WORD)

    return types.int64(struct), codegen


def at_address(struct: Any) -> Any:
    """Return a compiled function from an address to the struct there."""

    @intrinsic
    def struct_at(typingctx: Any, address: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], BYTE.as_pointer())

        return struct(types.int64), codegen

    return struct_at


@intrinsic
def copy_struct(typingctx: Any, to: Any, of: Any) -> Any:
    """Copy all fields of one struct into another of its type."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        cgutils.raw_memcpy(builder, args[0], args[1], ir.Constant(WORD, to.size), 1)
        return context.get_dummy_value()

    return types.void(to, of), codegen


@intrinsic
def floats_at(typingctx: Any, address: Any, rows: Any, columns: Any) -> Any:
    """Return the real numbers from an address on as an array of so many rows and columns."""
    type_ = types.Array(types.float64, 2, "C")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = builder.inttoptr(args[0], BYTE.as_pointer())
        eight = ir.Constant(WORD, 8)
        return _array(context, builder, type_, data, list(args[1:]), [builder.mul(args[2], eight), eight])

    return type_(types.int64, types.int64, types.int64), codegen


@intrinsic
def load_int(typingctx: Any, address: Any, at: Any) -> Any:
    """Return the `at`-th whole number from an address on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.add(args[0], builder.mul(args[1], ir.Constant(WORD, 8)))
        return builder.load(builder.inttoptr(place, WORD.as_pointer()))

    return types.int64(types.int64, types.int64), codegen


@intrinsic
def load_float(typingctx: Any, address: Any, at: Any) -> Any:
    """Return the `at`-th number from an address on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.add(args[0], builder.mul(args[1], ir.Constant(WORD, 8)))
        return builder.load(builder.inttoptr(place, ir.DoubleType().as_pointer()))

    return types.float64(types.int64, types.int64), codegen


@intrinsic
def store_int(typingctx: Any, address: Any, at: Any, value: Any) -> Any:
    """Store the `at`-th whole number from an address on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.add(args[0], builder.mul(args[1], ir.Constant(WORD, 8)))
        builder.store(args[2], builder.inttoptr(place, WORD.as_pointer()))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), codegen


@intrinsic
def store_float(typingctx: Any, address: Any, at: Any, value: Any) -> Any:
    """Store the `at`-th number from an address on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.add(args[0], builder.mul(args[1], ir.Constant(WORD, 8)))
        builder.store(args[2], builder.inttoptr(place, ir.DoubleType().as_pointer()))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.float64), codegen


@intrinsic
def copy_bytes(typingctx: Any, to: Any, of: Any, size: Any) -> Any:
    """Copy so many bytes from one address to another."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        to, of = (builder.inttoptr(address, BYTE.as_pointer()) for address in args[:2])
        cgutils.raw_memcpy(builder, to, of, args[2], 1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), codegen

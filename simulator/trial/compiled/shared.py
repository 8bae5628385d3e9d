"""The handlers of the trial, compiled as they stand: one source for both engines.

Every function of the modules below is compiled over structs when compiled code calls it, and the methods of the
classes too. What only a log is for, the calls of `note`, is left out, and assertions are.
"""

import ast
import inspect
import sys
from collections.abc import Callable
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, Final

from numba.extending import overload, overload_method

from simulator import durations
from simulator.designs import (
    backfill_rule,
    benefit_risk_data,
    crm_places,
    follow_up_limits,
    follow_up_rule,
    imputed_dlts,
    isotonic,
    obd_selection,
    pending_levels,
    utility,
)
from simulator.outcomes import outcomes as outcome_risks
from simulator.outcomes import risk_links
from simulator.trial import (
    backfill,
    backups,
    batches,
    closing,
    cohort_rules,
    consumption,
    decisions,
    early_asks,
    early_counts,
    early_decisions,
    early_hooks,
    early_looks,
    early_state,
    enrolment,
    escalation,
    expansion,
    follow_up,
    infused_records,
    infusion,
    manufacture,
    outcomes,
    patient,
    places,
    product,
    run,
    slots,
    time_booking,
    waiting_for_place,
    waiting_times,
)
from simulator.trial.compiled import layout

MODULES: Final = (
    durations,
    crm_places,
    benefit_risk_data,
    utility,
    isotonic,
    obd_selection,
    pending_levels,
    outcome_risks,
    risk_links,
    follow_up_limits,
    follow_up_rule,
    backfill_rule,
    imputed_dlts,
    cohort_rules,
    product,
    patient,
    backups,
    batches,
    follow_up,
    escalation,
    waiting_times,
    slots,
    time_booking,
    early_state,
    early_asks,
    backfill,
    early_hooks,
    places,
    closing,
    enrolment,
    expansion,
    decisions,
    manufacture,
    waiting_for_place,
    infusion,
    outcomes,
    early_counts,
    early_decisions,
    consumption,
    run,
)
"""Where the rules stand: their functions are compiled."""
OPTIONS: Final[dict[str, Any]] = {"error_model": "numpy"}

_CLASSES: Final = (
    (layout.ESCALATION, escalation.Escalation, ("hold_if_decided", "decide", "select")),
    (layout.MANUFACTURING, product.ManufacturingSlots, ("next_start", "first_free", "hold", "release_early")),
    (layout.BACKUPS, backups.Backups, ("taken", "take")),
    (layout.WAITING_TIMES, waiting_times.WaitingTimes, ("book",)),
    (layout.SLOT_USE, waiting_times.SlotUse, ("book",)),
    (layout.ATTEMPT, batches.Attempt, ("slot_days", "fate")),
    (layout.EARLY, early_looks.EarlyLooks, ("has_asked",)),
    (
        layout.RECORDS,
        infused_records.InfusedRecords,
        (
            "enter", "know", "take_out", "pending_at", "latest_pending_day", "complete_on", "next_response_day",
            "last_response_day",
        ),
    ),
)  # fmt: skip


_NOTES: Final = ("note", "note_look", "note_ask")
"""Functions that only a log is for."""


class _Compilable(ast.NodeTransformer):
    """Leaves out what compiled code does not do: notes, assertions, annotations."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        call = node.value
        is_note = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _NOTES
        return None if is_note else node

    def visit_Assert(self, node: ast.Assert) -> None:
        return None

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        # What is kept for a design that looks early lies within every trial: `present` says whether it is used.
        of, by = node.left, node.ops[0]
        if isinstance(of, ast.Attribute) and of.attr == "early" and isinstance(by, ast.IsNot):
            return ast.copy_location(ast.Attribute(of, "present", ast.Load()), node)
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        node.decorator_list = []
        node.returns = None
        for one in (*node.args.args, *node.args.kwonlyargs):
            one.annotation = None
        return node


@cache
def _functions(module: ModuleType) -> dict[str, FunctionType]:
    """Return the module's functions and methods, by qualified name, without what compiled code leaves out."""
    tree = ast.parse(inspect.getsource(module))
    found: dict[str, FunctionType] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = _compiled(node, module)
        elif isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.FunctionDef):
                    found[f"{node.name}.{one.name}"] = _compiled(one, module)
    return found


def _compiled(node: ast.FunctionDef, module: ModuleType) -> FunctionType:
    alone = ast.fix_missing_locations(ast.Module([_Compilable().visit(node)], []))
    made = dict(vars(module))  # defaults are read in the module's own names
    exec(compile(alone, str(module.__file__), "exec"), made)
    plain: FunctionType = made[node.name]
    # The module's own names: whatever the function calls is found there, and compiled in its turn.
    again = FunctionType(plain.__code__, vars(module), plain.__name__, plain.__defaults__)
    again.__module__ = module.__name__
    return again


def _share(original: Callable[..., Any], module: ModuleType, name: str) -> None:
    @overload(original, jit_options=OPTIONS, strict=False)
    def compiled(*args: Any, **kwargs: Any) -> FunctionType:
        return _functions(module)[name]


def _share_method(struct: Any, class_: type, name: str) -> None:
    module, original = sys.modules[class_.__module__], getattr(class_, name)

    def compiled(*args: Any, **kwargs: Any) -> FunctionType:
        return _functions(module)[f"{class_.__name__}.{name}"]

    compiled.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    overload_method(type(struct), name, jit_options=OPTIONS, strict=False)(compiled)


def share() -> None:
    """Make every rule known to the compiler, which reads its source where it has to compile it."""
    for module in MODULES:
        for name, original in list(vars(module).items()):
            here = getattr(original, "__module__", "") == module.__name__
            if here and callable(original) and not isinstance(original, type):
                _share(original, module, name)
    for struct, class_, names in _CLASSES:
        for name in names:
            _share_method(struct, class_, name)


share()

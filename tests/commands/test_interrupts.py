"""An interrupt is never lost, and never a trace: wherever it comes, the command ends by it."""

import subprocess
import sys

import pytest

IN_CLEAN_UP = (
    "class Held:\n    def __del__(self):\n        os.kill(os.getpid(), signal.SIGINT); time.sleep(0)\nHeld()"
)
IN_A_CALLBACK = (
    "class Held: pass\n"
    "held = Held()\n"
    "kept = weakref.ref(held, lambda _: (os.kill(os.getpid(), signal.SIGINT), time.sleep(0)))\n"
    "del held"
)


@pytest.mark.parametrize("moment", [IN_CLEAN_UP, IN_A_CALLBACK])
def test_an_interrupt_where_python_must_not_raise_still_ends_the_command(moment: str) -> None:
    code = (
        "import os, signal, sys, time, weakref\n"
        "from simulator.commands.interrupts import keep_interrupts\n"
        "keep_interrupts()\n"
        f"{moment}\n"
        "time.sleep(20)\n"
        "print('went on')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", f"try:\n{_indented(code)}\nexcept KeyboardInterrupt:\n    sys.exit(130)"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_any_other_error_of_a_clean_up_is_printed_as_before() -> None:
    code = (
        "from simulator.commands.interrupts import keep_interrupts\n"
        "keep_interrupts()\n"
        "class Held:\n    def __del__(self):\n        raise ValueError('of the clean-up')\n"
        "Held()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0
    assert "ValueError: of the clean-up" in ended.stderr


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.splitlines())

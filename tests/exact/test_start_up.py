"""What importing the exact engine costs."""

import subprocess
import sys


def test_importing_the_exact_engine_loads_no_heavy_library() -> None:
    code = (
        "import sys, simulator.exact, simulator.measures\n"
        "print([name for name in ('pandas', 'matplotlib', 'scipy.stats') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""The README shows what its commands print, and its Python example runs."""

import re

from tests.recorded import README, fresh, recorded


def test_readme_shows_what_make_compare_prints():
    assert recorded() == fresh()


def test_python_example_of_the_readme_runs():
    example = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    names: dict[str, object] = {}
    code = example.group(1).replace("workers=2", "workers=1")
    exec(compile(code, "README.md", "exec"), names)
    assert abs(names["exact"].selection.sum() - 1) < 1e-12
    assert set(names["comparison"].needed_n.columns) >= {"design", "statistic", "value", "mcse"}

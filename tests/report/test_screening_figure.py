"""The screen-failure figure shows the shares of the table, the largest order-free share first."""

import pandas as pd
import pytest

from simulator.eligibility.criterion_topics import TOPICS
from simulator.eligibility.nct07144020 import CRITERIA
from simulator.errors import SimulatorError
from simulator.report.figures import COLUMN_CM, new_axes, rendered, screen_failure_reasons

SHARES = {
    "I5": {"failed": 0.06, "primary": 0.05, "alone": 0.04, "order_free": 0.048},
    "E3": {"failed": 0.08, "primary": 0.06, "alone": 0.05, "order_free": 0.065},
    "E6": {"failed": 0.0, "primary": 0.0, "alone": 0.0, "order_free": 0.0},
    "min_age_years": {"failed": 0.01, "primary": 0.01, "alone": 0.01, "order_free": 0.01},
}


def frame(statistics=("failed", "primary", "alone", "order_free")):
    rows = [
        (criterion, f"share_{statistic}", shares[statistic], 0.001)
        for criterion, shares in SHARES.items()
        for statistic in statistics
    ]
    rows += [("any", "share_failed", 0.14, 0.002), ("E6", "share_failed_bound95", 0.0001, float("nan"))]
    return pd.DataFrame(rows, columns=["criterion", "statistic", "value", "mcse"])


def points(axes, marker):
    return [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == marker]


def test_bars_and_markers_are_the_shares_in_percent_in_order():
    axes = screen_failure_reasons(frame())
    order = ["E3", "I5", "min_age_years"]
    widths = [bar.get_width() for container in axes.containers for bar in container.patches]
    assert widths == pytest.approx([100 * SHARES[one]["failed"] for one in order])
    for marker, statistic in (("s", "primary"), ("^", "alone"), ("o", "order_free")):
        assert points(axes, marker) == pytest.approx([100 * SHARES[one][statistic] for one in order])
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels == ["infection E3", "LVEF I5", "min age years"]
    assert axes.get_legend().get_title().get_text() == "Screen failure: 14.0±0.2 %"


def test_without_order_free_shares_the_share_failed_orders_and_no_such_marker_is_drawn():
    axes = screen_failure_reasons(frame(("failed", "primary", "alone")))
    assert points(axes, "o") == []
    assert next(text.get_text() for text in axes.get_yticklabels()) == "infection E3"


def test_every_criterion_of_the_protocol_has_a_short_name():
    assert set(TOPICS) == {criterion.id for criterion in CRITERIA}


def test_a_frame_without_shares_is_an_error():
    with pytest.raises(SimulatorError, match="no share_failed"):
        screen_failure_reasons(frame(("primary",)).query("criterion != 'any'"))


def test_the_figure_is_legible_in_a_column_and_the_same_bytes_twice():
    first, second = (
        rendered(screen_failure_reasons(frame(), new_axes(COLUMN_CM, 8)).figure) for _ in range(2)
    )
    assert first == second

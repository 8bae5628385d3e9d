"""What a replayed trial shows of itself in a notebook: its decisions, and who ended where."""

from collections import Counter

from simulator.analysis.trial_replay import TrialReplay
from simulator.durations import DAYS_PER_MONTH
from simulator.html_tables import block, sentences, table
from simulator.scenario.wording import worded
from simulator.trial.ledger import Exit, State


def replay_html(replay: TrialReplay) -> str:
    """Return the decisions and the final states of one simulated trial as HTML."""
    *decisions, recommendation = replay.decisions
    rows = [(f"{one.day / DAYS_PER_MONTH:.1f}", str(one.level or "stop"), one.reason) for one in decisions]
    month = f"{recommendation.day / DAYS_PER_MONTH:.1f}"
    rows.append((month, str(recommendation.level or "none"), f"recommendation ({recommendation.reason})"))
    ended = Counter(zip(replay.ledger.state.tolist(), replay.ledger.reason.tolist(), strict=True))
    states = [
        (*(worded(text, replay.parts) for text in (State(state).name.lower(), Exit(reason).text)), str(count))
        for (state, reason), count in sorted(ended.items())
    ]
    states.append(("all", "", str(len(replay.ledger.state))))
    return block(
        replay.title,
        table(("month", "level", "decision"), rows, "Decisions", left=(2,)),
        table(("furthest state", "ended by", "patients"), states, "All referred patients", left=(0, 1)),
        sentences(
            'plot() draws the swimmer plot, plot("dose_escalation_chart") the chart; lines() is the whole log.'
        ),
    )

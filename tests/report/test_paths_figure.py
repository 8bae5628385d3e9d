"""The tree shows every path, merges only ends that read alike, and is legible at page width."""

from collections.abc import Iterator

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyBboxPatch

from simulator.analysis.path_tree import branches
from simulator.designs import BOIN, ThreePlusThree
from simulator.designs.conduct_record import Record, TreatedCohort, replay, start
from simulator.designs.design import Design
from simulator.designs.outcomes_notation import parse_outcomes
from simulator.errors import SimulatorError
from simulator.exact.paths import PathNode, transition_paths
from simulator.report.figures.style import CM_PER_INCH, PAGE_CM, SMALLEST_PT, rendered
from simulator.report.figures.transition_paths import BOX, boxes, drawable, label, paths_figure
from tests.designs.examples import COMPLETE

PRINTED_PAGE_CM = 25.7  # A4 with margins of 2 cm


def tree(design: Design, cohorts: int = 3, outcomes: str = "") -> PathNode:
    treated = [TreatedCohort(cohort, "here") for cohort in parse_outcomes(outcomes, design.n_doses)]
    record: Record = replay(design, treated) if treated else start(design)
    return transition_paths(record, cohorts)


def drawn_paths(node: PathNode, n_doses: int) -> Iterator[tuple[tuple[int, str], ...]]:
    """Give every path of the drawing, shared branches taken apart: (DLTs, what the box says) per cohort."""
    shown = branches(node)
    if not shown:
        yield ()
    for branch in shown:
        for dlt in range(branch.fewest, branch.most + 1):
            for rest in drawn_paths(branch.node, n_doses):
                yield ((dlt, label(branch.node, n_doses)), *rest)


@pytest.mark.parametrize("name", COMPLETE)
def test_the_tree_says_of_every_path_what_the_design_decides(name: str) -> None:
    design = COMPLETE[name]
    root = tree(design)
    expected = [
        tuple((node.cohort.dlt, label(node, design.n_doses)) for node in path if node.cohort is not None)
        for path in root.paths()
    ]
    assert list(drawn_paths(root, design.n_doses)) == expected
    assert len(expected) > 3


def test_counts_share_a_branch_only_at_the_end_of_a_path() -> None:
    root = tree(ThreePlusThree(n_doses=4))
    assert [branch.counts for branch in branches(root)] == ["0", "1", "2–3"]
    after_none = branches(root)[0].node
    # Two and three DLTs at level 2 both lead back to level 1, but what follows is drawn for each.
    assert [branch.counts for branch in branches(after_none)] == ["0", "1", "2", "3"]


def test_ends_that_select_another_level_are_kept_apart() -> None:
    root = tree(BOIN(n_doses=3, max_n=6), 3, "1NNN")
    assert [(branch.counts, label(branch.node, 3)) for branch in branches(root)] == [
        ("0–1", "size reached: select level 2"),
        ("2–3", "size reached: select level 1"),
    ]


def test_closed_levels_are_said() -> None:
    root = tree(BOIN(n_doses=4), 1, "1NNN")
    assert [label(branch.node, 4) for branch in branches(root)] == [
        "level 3 ×3",
        "level 2 ×3",
        "level 1 ×3",
        "level 1 ×3, 2–4 closed",
    ]


@pytest.mark.parametrize("n_doses", [4, 5, 12])
@pytest.mark.parametrize("name", ["3+3", "boin"])
@pytest.mark.parametrize("cohorts", [1, 2, 3])
def test_text_stays_inside_its_box_boxes_apart_and_the_page_is_not_left(
    name: str, n_doses: int, cohorts: int
) -> None:
    design = ThreePlusThree(n_doses=n_doses) if name == "3+3" else BOIN(n_doses=n_doses)
    figure = paths_figure(tree(design, cohorts), n_doses, "title")
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    axes = figure.axes[0]
    assert figure.get_figwidth() * CM_PER_INCH == pytest.approx(PAGE_CM)
    assert figure.get_figheight() * CM_PER_INCH <= PRINTED_PAGE_CM
    frames = [patch.get_window_extent() for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    labels = [text for text in axes.texts if text.get_gid() == BOX]
    assert len(frames) == len(labels) == len(list(boxes(figure))) > cohorts
    for text, frame in zip(labels, frames, strict=True):
        extent = text.get_window_extent()
        assert frame.x0 <= extent.x0
        assert extent.x1 <= frame.x1
    for k, frame in enumerate(frames):
        assert not any(frame.overlaps(other) for other in frames[:k])
    for text in axes.texts:
        extent = text.get_window_extent()
        assert float(text.get_fontsize()) >= SMALLEST_PT
        assert extent.x0 >= 0
        assert extent.x1 <= figure.bbox.x1
        assert extent.y0 >= 0
        assert extent.y1 <= figure.bbox.y1


def test_the_largest_tree_that_is_drawn_fits_a_page() -> None:
    figure = paths_figure(tree(BOIN(n_doses=5, cohort_size=3), 3, "1NNN 2NNN"), 5, "title")
    assert figure.get_figheight() * CM_PER_INCH <= PRINTED_PAGE_CM


def test_what_would_not_be_legible_is_refused_with_the_reason() -> None:
    four = tree(BOIN(cohort_size=1), 4)
    assert drawable(four) == "4 cohorts do not fit the width of a page, which holds 3"
    wide = tree(BOIN(cohort_size=6, n_doses=6), 3, "1NNNNNN")
    assert "ends do not fit on a page, which holds 72" in str(drawable(wide))
    ended = tree(BOIN(), 3, "1TTT")
    assert drawable(ended) == "the trial ends here, no path leads on"
    with pytest.raises(SimulatorError, match="paths figure: the trial ends here"):
        paths_figure(ended, 5, "title")


def test_the_same_paths_give_the_same_bytes() -> None:
    root = tree(BOIN(n_doses=4), 2)
    assert rendered(paths_figure(root, 4, "title")) == rendered(paths_figure(root, 4, "title"))


def test_doses_stand_under_the_title_within_the_page_and_move_no_box() -> None:
    root = tree(BOIN(n_doses=10, cohort_size=3), 2)
    doses = [f"{dose} mg of the investigational product" for dose in range(10, 110, 10)]
    plain, with_doses = paths_figure(root, 10, "title"), paths_figure(root, 10, "title", doses)
    FigureCanvasAgg(with_doses).draw()
    lines = [text for text in with_doses.axes[0].texts if "investigational" in text.get_text()]
    said = " ".join(text.get_text() for text in lines)
    assert said == "Doses: " + ", ".join(f"level {k} {dose}" for k, dose in enumerate(doses, start=1))
    assert len(lines) > 1
    for text in lines:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= with_doses.bbox.width
        assert box.y1 <= with_doses.bbox.height
    assert list(boxes(plain)) == list(boxes(with_doses))
    assert with_doses.get_figheight() > plain.get_figheight()

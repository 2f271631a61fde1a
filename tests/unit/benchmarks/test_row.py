import pytest

from benchmarks.row import Bound, Row


def row(
    figure: float, *, target: float | None, bound: Bound = Bound.AT_LEAST, fault: str = ""
) -> Row:
    return Row("post", "POST", "/s", [figure], target, bound, faults=[fault] if fault else [])


class TestRow:
    @pytest.mark.parametrize(("figure", "passes"), [(9, False), (10, True), (11, True)])
    def test_passes_from_its_lower_target_on(self, figure: float, passes: bool) -> None:
        assert row(figure, target=10).passes is passes

    @pytest.mark.parametrize(("figure", "passes"), [(9, True), (10, True), (11, False)])
    def test_passes_up_to_its_upper_target(self, figure: float, passes: bool) -> None:
        assert row(figure, target=10, bound=Bound.AT_MOST).passes is passes

    def test_passes_without_a_target(self) -> None:
        assert row(1, target=None).passes

    @pytest.mark.parametrize("target", [1, None])
    def test_fails_with_a_fault_at_any_figure(self, target: float | None) -> None:
        assert not row(100, target=target, fault="1 of 100 requests failed").passes

    def test_uses_the_ratio_of_the_medians(self) -> None:
        beside = Row(
            "post", "POST", "/s", [1, 30, 50], 0.5, floor="a floor", floor_figures=[60, 60, 1]
        )
        assert beside.judged == 0.5

from tests.metrics import MetricsPage

from payouts.adapters.metrics.exposition import Exposition
from payouts.application.read_models import CurrentStatistics, EndpointBacklog, StatusCount
from payouts.domain.status import PayoutStatus


def page(*counts: StatusCount) -> MetricsPage:
    statistics = CurrentStatistics(counts, oldest_due_seconds=1.5, needs_review=2)
    return MetricsPage.parse(Exposition([], statistics, {"EUR", "USD"}).render().decode())


class TestExposition:
    def test_has_a_value_for_each_status_and_configured_currency(self) -> None:
        found = page(StatusCount(PayoutStatus.NEW, "EUR", 3))
        labels = {labels for name, labels in found.samples if name == "payouts_payouts"}
        assert len(labels) == len(PayoutStatus) * 3
        assert found.sum("payouts_payouts", status="NEW", currency="EUR") == 3
        assert found.sum("payouts_payouts") == 3

    def test_adds_up_other_currencies(self) -> None:
        found = page(
            StatusCount(PayoutStatus.FAILED, "HRK", 3), StatusCount(PayoutStatus.FAILED, "DEM", 4)
        )
        assert found.sum("payouts_payouts", status="FAILED", currency="other") == 7

    def test_has_the_backlog_of_each_endpoint(self) -> None:
        backlogs = [EndpointBacklog(3, True, 7, 1.5), EndpointBacklog(4, False, 0, 0)]
        statistics = CurrentStatistics([], 0, 0, backlogs)
        found = MetricsPage.parse(Exposition([], statistics, set()).render().decode())
        assert found.sum("payouts_webhook_backlog", endpoint="3") == 7
        assert found.sum("payouts_webhook_oldest_seconds", endpoint="3") == 1.5
        assert found.sum("payouts_webhook_enabled", endpoint="3") == 1
        assert found.sum("payouts_webhook_enabled", endpoint="4") == 0

    def test_names_the_build(self) -> None:
        assert page().sum("payouts_build_info") == 1

    def test_says_that_the_database_cannot_be_read(self) -> None:
        found = MetricsPage.parse(Exposition([], None, {"EUR"}).render().decode())
        assert found.sum("payouts_database_up") == 0
        assert found.names() == {"payouts_database_up", "payouts_build_info"}

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

from payouts.domain.reference import new_reference


class TestReference:
    def test_is_a_uuid_of_version_7(self) -> None:
        parsed = UUID(new_reference())
        assert (parsed.version, parsed.variant) == (7, RFC_4122)

    def test_begins_with_the_time(self) -> None:
        made_at = datetime.fromtimestamp((UUID(new_reference()).int >> 80) / 1000, UTC)
        assert abs(datetime.now(UTC) - made_at) < timedelta(seconds=10)

    def test_is_another_one_each_time(self) -> None:
        assert len({new_reference() for _ in range(10_000)}) == 10_000

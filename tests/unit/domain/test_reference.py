from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest

from payouts.domain.reference import find_reference, new_reference


class TestReference:
    def test_is_a_uuid_of_version_7(self) -> None:
        parsed = UUID(new_reference())
        assert (parsed.version, parsed.variant) == (7, RFC_4122)

    def test_begins_with_the_time(self) -> None:
        made_at = datetime.fromtimestamp((UUID(new_reference()).int >> 80) / 1000, UTC)
        assert abs(datetime.now(UTC) - made_at) < timedelta(seconds=10)

    def test_is_different_each_time(self) -> None:
        assert len({new_reference() for _ in range(10_000)}) == 10_000


OURS = "019abc4e1f2a7d3c9b5e6f708192a3b4"
ANOTHER = "019abc4e1f2b7a0e8c4d5e6f70819203"


class TestFindReference:
    @pytest.mark.parametrize(
        "text", [OURS, f"[{OURS}]", f"/EREF/{OURS}//", f"Invoice 8 {OURS}.", f"{OURS} and {OURS}"]
    )
    def test_returns_the_reference_that_a_text_contains(self, text: str) -> None:
        assert find_reference(text) == OURS

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "INV [/2024] 17",
            OURS[:-1],
            f"{OURS}0",
            f"x{OURS}",
            OURS.upper() if OURS.upper() != OURS else "X",
            "5f0e3a1c9d2b4e6f8a7b6c5d4e3f2a1b",  # a UUID of version 4
            f"{OURS} {ANOTHER}",
        ],
    )
    def test_returns_nothing_for_a_text_without_a_reference(self, text: str) -> None:
        assert find_reference(text) == ""

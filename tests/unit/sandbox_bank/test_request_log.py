import pytest

from sandbox_bank.request_log import mask_account


class TestMaskAccount:
    @pytest.mark.parametrize(
        ("account", "masked"),
        [("DE89370400", "******0400"), ("123456", "****56"), ("1234", "****"), ("1", "****")],
    )
    def test_leaves_only_the_end_of_a_long_number(self, account: str, masked: str) -> None:
        assert mask_account(account) == masked

import pytest

from benchmarks.servers import with_database_number


class TestWithDatabaseNumber:
    @pytest.mark.parametrize(
        ("url", "other"),
        [
            ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379/15"),
            (
                "rediss://user:secret@host/0?ssl_cert_reqs=none",
                "rediss://user:secret@host/15?ssl_cert_reqs=none",
            ),
            ("unix:///tmp/redis.sock?db=0", "unix:///tmp/redis.sock?db=15"),
            ("unix:///tmp/redis.sock", "unix:///tmp/redis.sock?db=15"),
        ],
    )
    def test_names_another_database_of_the_same_server(self, url: str, other: str) -> None:
        assert with_database_number(url, 15) == other

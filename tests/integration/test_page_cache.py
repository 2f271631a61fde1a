"""Which list pages leave a web process."""

import pytest
from redis import Redis
from tests.running import eventually, http_client
from tests.service import Service


def stored_pages(service: Service) -> list[bytes]:
    with Redis.from_url(service.redis.url) as redis:
        return [redis.get(key) or b"" for key in redis.scan_iter("payouts:page:*")]


class TestPageCache:
    @pytest.mark.parametrize("kind", ["redis", "memory"])
    def test_keeps_account_numbers_out_of_redis_when_set_to_memory(
        self, service: Service, kind: str
    ) -> None:
        payout = service.make_payout()
        service.wait_for(payout["id"], "COMPLETED")
        with Redis.from_url(service.redis.url) as redis:
            redis.flushdb()
        token = {"Authorization": service.user.headers["Authorization"]}
        with (
            service.another_web(PAYOUTS_PAGE_CACHE=kind) as url,
            http_client(base_url=url, headers=token) as client,
        ):
            pages = [client.get("/api/payouts/").json() for _ in range(3)]
            if kind == "redis":
                number = payout["account_number_snapshot"].encode()
                assert eventually(lambda: any(number in page for page in stored_pages(service)))
        # Stopped, the process has stored all that it was going to.
        assert bool(stored_pages(service)) is (kind == "redis")
        assert pages[0]["results"][0]["id"] == payout["id"]
        assert pages[0] == pages[1] == pages[2]

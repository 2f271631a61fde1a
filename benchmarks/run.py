"""Measures requests a second with 8 connections, then payouts processed a second.

Web is measured alone; then a worker and the sandbox bank start, and bring to an end what the
POSTs have left waiting. Needs wrk on PATH. Run by `make bench`, which starts the stores.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import httpx

HERE = Path(__file__).parent
PAYOUTS = str(Path(sys.executable).parent / "payouts")
CONNECTIONS = 8
START_SECONDS = 30
DRAIN_SECONDS = 20
STOP_SECONDS = 60


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(*command: str, **environment: str) -> Iterator[None]:
    """Run a `payouts` process; its log goes to the home."""
    log = Path(os.environ["PAYOUTS_HOME"]) / f"{command[0]}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [PAYOUTS, *command], stdout=output, stderr=output, env=os.environ | environment
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()  # the figures are measured; what is left is claimed again some time


def wait_for(url: str) -> None:
    ends_at = monotonic() + START_SECONDS
    while monotonic() < ends_at:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            sleep(0.1)
    sys.exit(f"{url} did not answer within {START_SECONDS} seconds.")


def command_output(*arguments: str) -> str:
    return subprocess.run(
        [PAYOUTS, *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def wrk(url: str, token: str, seconds: int, *script: str) -> dict[str, Any]:
    """Return requests a second, the 99th percentile, and how many answers were no success."""
    printed = subprocess.run(
        [
            *("wrk", "-t", "2", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--latency"),
            *("-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/json"),
            *script[:2],
            url,
            *script[2:],
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    p99 = re.search(r"99%\s+(\S+)", printed)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", printed)
    assert rate, printed
    assert p99, printed
    return {
        "per_second": float(rate[1]),
        "p99": p99[1],
        "failed": int(failed[1]) if failed else 0,
    }


def measure_web(client: httpx.Client, token: str, seconds: int) -> Iterator[dict[str, Any]]:
    recipient = client.post(
        "/api/recipients/",
        json={"type": "BUSINESS", "name": "Benchmark", "account_number": "BENCH-0001"},
    ).json()
    order = {
        "recipient_id": recipient["id"],
        "amount": "10.00",
        "currency": "USD",
        "idempotency_key": uuid4().hex,
    }
    payout = client.post("/api/payouts/", json=order).json()
    post = ("-s", str(HERE / "post.lua"), "--", str(recipient["id"]), uuid4().hex)
    for work, path, script in (
        ("POST a payout", "/api/payouts/", post),
        ("GET one payout", f"/api/payouts/{payout['id']}/", ()),
        ("GET the first page, 20 rows", "/api/payouts/", ()),
    ):
        yield {"work": work, **wrk(f"{client.base_url}{path}", token, seconds, *script)}


def measure_processing() -> dict[str, Any]:
    """Count what is brought to COMPLETED in a while; the sandbox bank's ledger tells."""

    def settled() -> int:
        ledger = httpx.get(
            f"{os.environ['BANK_URL']}/v1/ledger",
            headers={"Authorization": f"Bearer {os.environ['BANK_TOKEN']}"},
            timeout=60,
        )
        return int(ledger.json()["count"])

    ends_at = monotonic() + START_SECONDS
    while not settled() and monotonic() < ends_at:
        sleep(0.1)
    first, started = settled(), monotonic()
    sleep(DRAIN_SECONDS)
    count, took_seconds = settled() - first, monotonic() - started
    return {"work": "processed to COMPLETED", "per_second": count / took_seconds}


def measure(seconds: int) -> Iterator[dict[str, Any]]:
    port, bank_port = free_port(), free_port()
    os.environ["BANK_URL"] = f"http://127.0.0.1:{bank_port}"
    command_output("migrate")
    token = command_output("token", "bench", "--staff")
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"}
    )
    with running("web", "--port", str(port)):
        wait_for(f"{client.base_url}/health/ready/")
        yield from measure_web(client, token, seconds)
        with running("bank", "--port", str(bank_port)), running("worker"):
            wait_for(f"{os.environ['BANK_URL']}/health")
            yield measure_processing()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of load for each row")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("The benchmark needs wrk; on Debian: apt-get install wrk")
    rows = []
    for row in measure(options.seconds):
        rows.append(row)
        print(f"{row['work']:30} {row['per_second']:>8.0f}/s", end="")
        print(
            f"   p99 {row['p99']:>9}   failed {row['failed']}" if "p99" in row else "", flush=True
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()

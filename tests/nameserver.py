"""A nameserver of the tests, whose answers may change from one look-up to the next."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from socketserver import ThreadingUDPServer
from threading import Event, Thread
from typing import Any, Self

from dnslib import AAAA, QTYPE, RCODE, RR, A, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from payouts.domain.webhooks.addresses import Address


class _ThreadingServer(ThreadingUDPServer):
    """A look-up that hangs holds up no other one."""

    daemon_threads = True


@dataclass
class Nameserver(BaseResolver):
    """`zones` has the answers to the first, second, ... look-up of a name; the last one stays.

    Names in `hanging` get no answer before `released` is set.
    """

    zones: dict[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    look_ups: Counter[str] = field(default_factory=Counter)
    released: Event = field(default_factory=Event)
    port: int = 0

    @classmethod
    @contextmanager
    def start(cls) -> Iterator[Self]:
        nameserver = cls()
        server = DNSServer(
            nameserver,
            address="127.0.0.1",
            port=0,
            logger=DNSLogger("", logf=lambda *_: None),
            server=_ThreadingServer,
        )
        nameserver.port = server.server.server_address[1]
        Thread(target=server.server.serve_forever, args=(0.01,)).start()
        try:
            yield nameserver
        finally:
            nameserver.released.set()
            server.stop()
            server.server.server_close()

    def look_up(self, host: str) -> Sequence[Address]:
        """Ask this server, as `system_look_up` asks that of the machine: one look-up per call."""
        self.look_ups[host] += 1
        found = []
        for kind in ("A", "AAAA"):
            reply = DNSRecord.parse(
                DNSRecord.question(host, kind).send("127.0.0.1", self.port, timeout=20)
            )
            found += [ip_address(str(record.rdata)) for record in reply.rr]
        return found

    def resolve(self, request: DNSRecord, handler: Any) -> DNSRecord:
        host = str(request.q.qname).rstrip(".")
        if host in self.hanging:
            self.released.wait(20)
        reply = request.reply()
        answers = self.zones.get(host)
        if not answers:
            reply.header.rcode = RCODE.NXDOMAIN
            return reply
        for text in answers[min(self.look_ups[host], len(answers)) - 1]:
            kind, record = ("AAAA", AAAA) if ":" in text else ("A", A)
            if request.q.qtype == QTYPE.reverse[kind]:
                reply.add_answer(RR(host, request.q.qtype, rdata=record(text), ttl=0))
        return reply

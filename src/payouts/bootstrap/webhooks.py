"""Picks the adapters for the use cases of webhooks."""

from functools import cache
from typing import Final

from django.conf import settings

from payouts.adapters.database.webhooks.deliveries import DatabaseDeliveries
from payouts.adapters.database.webhooks.endpoints import DatabaseEndpoints
from payouts.adapters.webhooks.address_check import ResolvedAddressCheck
from payouts.adapters.webhooks.resolver import Resolver
from payouts.adapters.webhooks.sender import HttpSender
from payouts.application.webhooks.attempt_delivery import AttemptDelivery
from payouts.application.webhooks.change_endpoint import ChangeEndpoint
from payouts.application.webhooks.create_endpoint import CreateEndpoint
from payouts.application.webhooks.fan_out import FanOut
from payouts.application.webhooks.ports import AddressCheck, Deliveries, Endpoints, Sender
from payouts.application.webhooks.record_attempts import RecordAttempts
from payouts.application.webhooks.remove_old_deliveries import RemoveOldDeliveries
from payouts.application.webhooks.rotate_secret import RotateSecret
from payouts.application.webhooks.send_test_message import SendTestMessage
from payouts.domain.webhooks.addresses import AddressRules

CONCURRENCY: Final = 32


@cache
def create_endpoint() -> CreateEndpoint:
    return CreateEndpoint(endpoints=endpoints(), addresses=_addresses())


@cache
def change_endpoint() -> ChangeEndpoint:
    return ChangeEndpoint(endpoints=endpoints(), addresses=_addresses())


@cache
def rotate_secret() -> RotateSecret:
    return RotateSecret(endpoints=endpoints())


@cache
def send_test_message() -> SendTestMessage:
    return SendTestMessage(endpoints=endpoints(), sender=_sender())


@cache
def fan_out() -> FanOut:
    return FanOut(deliveries=deliveries())


@cache
def attempt_delivery() -> AttemptDelivery:
    return AttemptDelivery(sender=_sender())


@cache
def record_attempts() -> RecordAttempts:
    return RecordAttempts(deliveries=deliveries(), endpoints=endpoints())


@cache
def remove_old_deliveries() -> RemoveOldDeliveries:
    return RemoveOldDeliveries(deliveries=deliveries())


@cache
def endpoints() -> Endpoints:
    return DatabaseEndpoints()


@cache
def deliveries() -> Deliveries:
    return DatabaseDeliveries()


@cache
def _sender() -> Sender:
    return HttpSender(
        resolver=_resolver(),
        rules=_rules(),
        proxy_url=settings.WEBHOOK_PROXY,
        connections=CONCURRENCY,
    )


@cache
def _addresses() -> AddressCheck:
    resolver = None if settings.WEBHOOK_PROXY else _resolver()
    return ResolvedAddressCheck(resolver=resolver, rules=_rules())


@cache
def _resolver() -> Resolver:
    return Resolver()


@cache
def _rules() -> AddressRules:
    return AddressRules(settings.WEBHOOK_ALLOWED_NETWORKS)

"""Requests that are generated from the schema get responses that the schema describes."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.administration import administer
from tests.service import Service


@pytest.fixture(scope="module")
def api(no_workers: None, asked_service: Service) -> Iterator[schemathesis.BaseSchema]:
    """Without workers, which would send webhooks to addresses that were made up."""
    yield schemathesis.openapi.from_url(f"{asked_service.web_url}/api/schema/")
    administer("TRUNCATE payouts_webhookdelivery, payouts_webhookendpoint")


schema = schemathesis.pytest.from_fixture("api")


def ask(case: schemathesis.Case, service: Service) -> None:
    token = {"Authorization": service.staff.headers["Authorization"]}
    # The schema cannot express all rules: an IBAN, a currency, a cursor may still be refused.
    case.call_and_validate(headers=token, excluded_checks=[positive_data_acceptance])


@schema.parametrize()
@settings(max_examples=25, deadline=None, derandomize=True)
def test_every_response_matches_the_schema(case: schemathesis.Case, asked_service: Service) -> None:
    ask(case, asked_service)


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=500, deadline=None)
def test_many_more_responses_match_the_schema(
    case: schemathesis.Case, asked_service: Service
) -> None:
    ask(case, asked_service)

from collections.abc import Iterator

import pytest

from payouts.domain import errors as rules
from payouts.entrypoints.api.errors import FIELD_BY_ERROR, STATUS_BY_ERROR, status_of


def family(kind: type[rules.DomainError]) -> Iterator[type[rules.DomainError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


BROKEN_RULES = [kind for kind in family(rules.DomainError) if hasattr(kind, "code")]


class TestTableOfErrors:
    @pytest.mark.parametrize("kind", BROKEN_RULES)
    def test_has_a_row_for_every_rule(self, kind: type[rules.DomainError]) -> None:
        assert 400 <= status_of(kind) < 500

    def test_has_no_row_without_an_error(self) -> None:
        assert set(STATUS_BY_ERROR) | set(FIELD_BY_ERROR) <= set(family(rules.DomainError))

    def test_has_a_different_code_for_each_error(self) -> None:
        codes = [kind.code for kind in BROKEN_RULES]
        assert len(codes) == len(set(codes))

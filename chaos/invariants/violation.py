"""A broken invariant."""

from dataclasses import dataclass

from chaos.client_records import ApiCall


@dataclass(frozen=True, slots=True)
class Violation:
    """`payout_id` or `call` says where it was found."""

    invariant: str
    text: str
    payout_id: int | None = None
    call: ApiCall | None = None

"""Bank statements in camt.053, as banks write them."""

from collections.abc import Sequence
from typing import Any

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def transaction(reference: str, amount: str = "", currency: str = "USD", extra: str = "") -> str:
    own = f'<Amt Ccy="{currency}">{amount}</Amt>' if amount else ""
    return f"<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>{own}{extra}</TxDtls>"


def entry(
    *transactions: str,
    amount: str = "10.00",
    currency: str = "USD",
    indicator: str = "DBIT",
    status: str = "<Cd>BOOK</Cd>",
) -> str:
    details = f"<NtryDtls>{''.join(transactions)}</NtryDtls>" if transactions else ""
    return (
        f'<Ntry><NtryRef>1</NtryRef><Amt Ccy="{currency}">{amount}</Amt>'
        f"<CdtDbtInd>{indicator}</CdtDbtInd><Sts>{status}</Sts>"
        "<BookgDt><Dt>2026-11-20</Dt></BookgDt><AcctSvcrRef>B-118</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>PMNT</Cd></Domn></BkTxCd>{details}</Ntry>"
    )


def paid(reference: str, amount: str = "10.00", currency: str = "USD") -> str:
    return entry(transaction(reference), amount=amount, currency=currency)


def returned(reference: str, amount: str = "10.00", reason: str = "AC04") -> str:
    info = f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>"
    return entry(transaction(reference, extra=info), amount=amount, indicator="CRDT")


def statement(
    entries: Sequence[str] = (), *, period: tuple[str, str] | None = None, **options: Any
) -> bytes:
    """A whole file with one statement; `period` is its FrToDt."""
    namespace = options.get("namespace", NAMESPACE)
    since, until = period or ("", "")
    dates = f"<FrToDt><FrDtTm>{since}</FrDtTm><ToDtTm>{until}</ToDtTm></FrToDt>" if period else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="{namespace}"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>1</MsgId><CreDtTm>2026-11-21T06:00:00</CreDtTm></GrpHdr>"
        f"<Stmt><Id>118</Id>{dates}<Acct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id></Acct>"
        f"{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()

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
    booked_on: str = "2026-11-20",
    bank_reference: str = "B-118",
    extra: str = "",
) -> str:
    details = f"<NtryDtls>{''.join(transactions)}</NtryDtls>" if transactions else ""
    return (
        f'<Ntry><NtryRef>1</NtryRef><Amt Ccy="{currency}">{amount}</Amt>'
        f"<CdtDbtInd>{indicator}</CdtDbtInd><Sts>{status}</Sts>"
        f"<BookgDt><Dt>{booked_on}</Dt></BookgDt><AcctSvcrRef>{bank_reference}</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>PMNT</Cd></Domn></BkTxCd>{details}{extra}</Ntry>"
    )


def paid(reference: str, amount: str = "10.00", currency: str = "USD", **fields: str) -> str:
    return entry(transaction(reference), amount=amount, currency=currency, **fields)


def returned(reference: str, amount: str = "10.00", reason: str = "AC04") -> str:
    info = f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>"
    return entry(transaction(reference, extra=info), amount=amount, indicator="CRDT")


def statement(
    entries: Sequence[str] = (), *, period: tuple[str, str] | None = None, **options: Any
) -> bytes:
    """Return a file with one statement. `period` is its FrToDt, `closing_day` the date of CLBD."""
    namespace = options.get("namespace", NAMESPACE)
    since, until = period or ("", "")
    dates = f"<FrToDt><FrDtTm>{since}</FrDtTm><ToDtTm>{until}</ToDtTm></FrToDt>" if period else ""
    closing = (
        "<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>"
        f"<Dt><Dt>{options.get('closing_day')}</Dt></Dt></Bal>"
    )
    balance = closing if "closing_day" in options else ""
    return (
        f'<?xml version="1.0" encoding="{options.get("encoding", "UTF-8")}"?>'
        f'<Document xmlns="{namespace}"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>1</MsgId><CreDtTm>2026-11-21T06:00:00</CreDtTm></GrpHdr>"
        f"<Stmt><Id>118</Id>{dates}<Acct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id></Acct>"
        f"{balance}{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()

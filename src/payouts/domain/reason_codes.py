"""Reason codes in plain words.

Source: ISO 20022 external code set ExternalStatusReason1Code; and the service's own codes, which
are in lower case.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

NARRATIVE: Final = "NARR"

REASON_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AB05": "Timeout at the recipient's bank",
        "AB06": "Timeout at a bank in between",
        "AB08": "The recipient's bank is offline",
        "AC01": "Wrong account number",
        "AC02": "Wrong account number of the payer",
        "AC03": "Wrong account number of the recipient",
        "AC04": "Closed account",
        "AC05": "The payer's account is closed",
        "AC06": "Blocked account",
        "AC07": "The recipient's account is closed",
        "AC08": "Wrong branch code",
        "AC09": "Wrong currency for the account",
        "AC10": "Wrong currency for the payer's account",
        "AC11": "Wrong currency for the recipient's account",
        "AC12": "Wrong type of account",
        "AC13": "Wrong type of account of the payer",
        "AC14": "Wrong type of account of the recipient",
        "AC15": "Account details have changed",
        "AC16": "The account is blocked for this transfer",
        "AG01": "Transfers to this account are forbidden",
        "AG02": "Wrong operation code of the bank",
        "AG03": "Type of transfer not supported",
        "AG09": "The bank has not received the payment",
        "AG10": "The bank is suspended",
        "AG11": "The recipient's bank is suspended",
        "AGNT": "Wrong bank",
        "AM01": "Amount is zero",
        "AM02": "Amount above the allowed maximum",
        "AM03": "Currency not allowed",
        "AM04": "Insufficient funds",
        "AM05": "Duplicate payment",
        "AM06": "Amount below the minimum",
        "AM07": "Amount blocked by regulation",
        "AM09": "Wrong amount",
        "AM10": "Control sum does not match",
        "AM11": "Wrong currency of the transaction",
        "AM12": "Wrong amount of the transaction",
        "AM13": "Amount above the limit of the clearing system",
        "AM14": "Amount above the limit agreed with the bank",
        "AM15": "Amount below the minimum of the clearing system",
        "AM21": "Limit of the account exceeded",
        "AM23": "Amount above the settlement limit",
        "BE01": "Name and account do not belong together",
        "BE04": "The recipient's address is missing",
        "BE05": "Unknown initiating party",
        "BE06": "Unknown recipient",
        "BE07": "The payer's address is missing",
        "BE16": "Wrong identification of the payer",
        "BE17": "Wrong identification of the recipient",
        "CH03": "The execution date is too far in the future",
        "CNOR": "The recipient's bank is not registered in the clearing system",
        "CURR": "Wrong currency",
        "DNOR": "The payer's bank is not registered in the clearing system",
        "DS02": "Order cancelled by an authorised user",
        "DT01": "Wrong date",
        "DUPL": "Duplicate payment",
        "ED01": "The correspondent bank cannot be used",
        "ED05": "Settlement failed",
        "ERIN": "Option not supported by the scheme",
        "FF01": "Wrong format of the order",
        "FOCR": "Returned after a recall",
        "FR01": "Suspected fraud",
        "FRAD": "Fraudulent origin",
        "LEGL": "Legal decision",
        "MD07": "The account's owner has died",
        "MS02": "Refused by the recipient, reason not stated",
        "MS03": "Refused by the bank, reason not stated",
        "NARR": "Reason given in words",
        "NOAS": "No answer from the customer",
        "RC01": "Wrong bank code",
        "RC03": "Wrong bank code of the payer's bank",
        "RC04": "Wrong bank code of the recipient's bank",
        "RC07": "Wrong BIC of the recipient's bank",
        "RF01": "The reference is not unique",
        "RR01": "The payer's account is missing (regulation)",
        "RR02": "The payer's name or address is missing (regulation)",
        "RR03": "The recipient's name or address is missing (regulation)",
        "RR04": "Refused for regulatory reasons",
        "TD01": "Order details are missing",
        "TM01": "Received after the cut-off time",
        "cancelled": "Cancelled before it was sent",
        "recipient_inactive": "The recipient was deactivated before it was sent",
    }
)


def in_words(code: str) -> str | None:
    """Return what the code means; None for a code that is not in the table."""
    return REASON_CODES.get(code)

"""Recipients as operators look for them: by name, account number, external id or id.

Each way has an index and finds a limited number, so a search costs the same with any number of
recipients, and with a text that matches most of them.
"""

import re
from typing import Any, Final

from django.db import connection
from django.db.models import CharField, Func

from payouts.domain.iban import has_iban_form, to_electronic_form

_LAST = 4
# Each word is looked up.
_MAX_WORDS = 8
# These separate words. PostgreSQL's own parser would take "Foo/Bar" for the path of a file.
_SEPARATORS: Final = "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_SPACES: Final = " " * len(_SEPARATORS)
_TO_SPACES: Final = str.maketrans(_SEPARATORS, _SPACES)
_ID: Final = re.compile("#?([0-9]{1,18})", re.ASCII)


class NameWords(Func):
    """The words of a name, in lower case, for a GIN index."""

    template = (
        "to_tsvector('simple'::regconfig, "
        f"translate(%(expressions)s, '{_SEPARATORS.replace("'", "''")}', '{_SPACES}'))"
    )
    output_field = CharField()


class CompactAccount(Func):
    """An account number without spaces, in upper case."""

    template = "upper(replace(%(expressions)s, ' ', ''))"
    output_field = CharField()


class LastFour(Func):
    """The last four characters of an account number without spaces, in upper case."""

    template = f"right({CompactAccount.template}, {_LAST})"
    output_field = CharField()


def _of_column(function: type[Func], column: str) -> str:
    return str(function.template) % {"expressions": column}


_WORDS = _of_column(NameWords, "name")
_COMPACT = _of_column(CompactAccount, "account_number")
_LAST_FOUR = _of_column(LastFour, "account_number")
# What identifies a recipient comes first, then ends of account numbers, then names. The branch of
# names has no order: PostgreSQL would read all recipients in that order until enough have matched.
_FIND = f"""
SELECT id FROM (
    (SELECT id, 1 AS rank FROM payouts_recipient WHERE id = %(id)s)
    UNION ALL
    (SELECT id, 1 FROM payouts_recipient
        WHERE external_id = %(text)s AND NOT external_id = '')
    UNION ALL
    (SELECT id, 2 FROM payouts_recipient
        WHERE {_LAST_FOUR} = right(%(compact)s, {_LAST})
            AND (length(%(compact)s) = {_LAST} OR %(by_whole_account)s
                AND {_COMPACT} = %(compact)s)
        ORDER BY created_at DESC, id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT id, 3 FROM payouts_recipient
        WHERE {_WORDS} @@ to_tsquery('simple', %(words)s) LIMIT %(limit)s)
) AS found
GROUP BY id ORDER BY min(rank), id DESC LIMIT %(limit)s
"""


def find_recipients(
    text: str, *, limit: int, by_whole_account: bool = False, by_id: bool = True
) -> list[int]:
    """Return the ids of recipients that the text names, the best matches first.

    That is a whole id or external id; the last four characters of an account number, or if the
    user may see them all of it, with or without spaces; or words with which words of the name
    begin, in any order.
    """
    words = text.translate(_TO_SPACES).split()[:_MAX_WORDS]
    id_ = _ID.fullmatch(text) if by_id else None
    parameters: dict[str, Any] = {
        "id": int(id_.group(1)) if id_ else None,
        "text": text,
        "compact": _compact(text),
        "by_whole_account": by_whole_account,
        "limit": limit,
        "words": " & ".join(f"'{word}':*" for word in words),
    }
    # Not prepared: a plan for any text would not know whether its words are rare.
    with connection.cursor() as cursor:
        cursor.execute(_FIND, parameters)
        return [found for (found,) in cursor.fetchall()]


def _compact(text: str) -> str:
    iban = to_electronic_form(text)
    return iban if has_iban_form(iban) else text.replace(" ", "").upper()

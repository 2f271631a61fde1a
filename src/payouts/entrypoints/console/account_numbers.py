"""Account numbers as the user of the console may see them, and the check of one that is written."""

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from payouts import bootstrap
from payouts.application.check_account import CheckedAccount
from payouts.domain.errors import InvalidValueError
from payouts.domain.iban import iban_length, to_electronic_form
from payouts.domain.recipient import mask_account_number
from payouts.domain.role import Permission

_WRITERS = (Permission.ADD_RECIPIENT, Permission.CHANGE_RECIPIENT)


def may_see_account_numbers(user: User | AnonymousUser) -> bool:
    return user.has_perm(Permission.VIEW_ACCOUNT_NUMBER)


def shown_account_number(user: User | AnonymousUser, text: str) -> str:
    return text if may_see_account_numbers(user) else mask_account_number(text)


def check_account_number(request: HttpRequest) -> HttpResponse:
    """Say in JSON what is known about the posted account number.

    It is posted, because addresses end up in access logs.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not any(map(request.user.has_perm, _WRITERS)):
        raise PermissionDenied
    text = request.POST.get("account_number", "")
    try:
        checked = bootstrap.check_account()(text)
    except InvalidValueError as error:
        return JsonResponse({"is_valid": False, "message": str(error), "bic": ""})
    bic = checked.bank.bic if checked.bank else ""
    return JsonResponse({"is_valid": True, "message": _describe(checked), "bic": bic})


def _describe(checked: CheckedAccount) -> str:
    if not checked.bank:
        return _describe_local(to_electronic_form(checked.number.value))
    facts = [checked.bank.bank_name or "bank unknown", checked.bank.country, checked.bank.bic]
    return f"IBAN, check digits right: {', '.join(filter(None, facts))}."


def _describe_local(text: str) -> str:
    country = text[:2]
    length = iban_length(country) if country.isalpha() and text[2:4].isdigit() else None
    if length:
        return (
            f"Not an IBAN: one of {country} has {length} characters, this has {len(text)}."
            " It is kept as a local account number."
        )
    return "A local account number, which cannot be checked."

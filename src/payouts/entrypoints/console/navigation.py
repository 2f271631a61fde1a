"""The navigation of the console, by task. A new page adds its link here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

from payouts.adapters.database.overview import count_needs_review
from payouts.domain.role import Permission
from payouts.domain.status import PayoutStatus

# The count beside a link goes no further.
_MAX_COUNT: Final = 99


@dataclass(frozen=True, slots=True)
class Link:
    """A page, or a list with filters (`query`). Without a permission all staff see it.

    `icon` is a name of Material Symbols, `page` the name of a URL. `count` counts, up to a limit,
    what waits behind the link for a person.
    """

    title: str
    icon: str
    page: str
    query: Mapping[str, str] = field(default_factory=dict)
    permission: Permission | None = None
    count: Callable[[int], int] | None = None

    @property
    def path(self) -> str:
        return reverse(self.page)

    @property
    def address(self) -> str:
        pairs = "&".join(f"{name}={value}" for name, value in self.query.items())
        return f"{self.path}?{pairs}" if pairs else self.path

    def is_allowed(self, request: HttpRequest) -> bool:
        return not self.permission or request.user.has_perm(self.permission)

    def matches(self, request: HttpRequest) -> bool:
        """Return whether the request is for this page, with these filters, or for one below it."""
        is_below = self.page != _OVERVIEW.page and request.path.startswith(self.path)
        asked = request.GET.items()
        return (is_below or request.path == self.path) and self.query.items() <= set(asked)


_OVERVIEW: Final = Link("Overview", "space_dashboard", "admin:index")
_PAYOUTS: Final = "admin:payouts_payout_changelist"
_RECIPIENTS: Final = "admin:payouts_recipient_changelist"
_ACCESS: Final = Permission.MANAGE_ACCESS

NEEDS_REVIEW: Final = Link(
    "Needs review",
    "rule",
    _PAYOUTS,
    {"needs_review": "true"},
    count=lambda limit: count_needs_review(limit=limit),
)
# The reasons to act that the home page shows; the filter is ATTENTION in the database's overview.
OVERDUE: Final = Link("Overdue", "schedule", _PAYOUTS, {"attention": "overdue"})
FAILED_TODAY: Final = Link("Failed today", "money_off", _PAYOUTS, {"attention": "failed_today"})
NOT_AUTHORISED: Final = Link(
    "Credentials refused", "key_off", _PAYOUTS, {"attention": "not_authorised"}
)
NEW_PAYOUT: Final = Link(
    "New payout", "add_card", "admin:payouts_payout_new", permission=Permission.ADD_PAYOUT
)
ADD_RECIPIENT: Final = Link(
    "Add a recipient",
    "person_add",
    "admin:payouts_recipient_add",
    permission=Permission.ADD_RECIPIENT,
)
API_DOCS: Final = Link("Documentation of the API", "api", "api-docs")


def with_status(status: PayoutStatus, title: str = "", icon: str = "") -> Link:
    return Link(title or status.value.capitalize(), icon, _PAYOUTS, {"status": status.value})


NAVIGATION: Final[Mapping[str, tuple[Link, ...]]] = {
    "": (_OVERVIEW,),
    "Payouts": (
        Link("All payouts", "payments", _PAYOUTS),
        NEW_PAYOUT,
        NEEDS_REVIEW,
        with_status(PayoutStatus.PROCESSING, "In progress", "hourglass_top"),
        with_status(PayoutStatus.FAILED, "Failed", "money_off"),
        Link("Returned", "undo", _PAYOUTS, {"returned": "true"}),
    ),
    "Recipients": (
        Link("All recipients", "group", _RECIPIENTS),
        Link("Not active", "person_off", _RECIPIENTS, {"is_active__exact": "0"}),
    ),
    "Clients": (
        Link("Webhooks", "webhook", "admin:webhooks", permission=Permission.MANAGE_WEBHOOKS),
    ),
    "Access": (
        Link("Users", "badge", "admin:auth_user_changelist", permission=_ACCESS),
        Link("API tokens", "key", "admin:payouts_apitoken_changelist", permission=_ACCESS),
        Link("Who may do what", "rule_settings", "admin:roles", permission=_ACCESS),
    ),
}


def allowed_links(request: HttpRequest) -> list[Link]:
    return [link for links in NAVIGATION.values() for link in links if link.is_allowed(request)]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups as django-unfold wants them, without links that lead to a refusal."""
    current = _current(allowed_links(request), request)
    groups = [
        (title, [_item(link, is_active=link is current) for link in _allowed(links, request)])
        for title, links in NAVIGATION.items()
    ]
    return [{"title": title, "items": items} for title, items in groups if items]


def _allowed(links: Iterable[Link], request: HttpRequest) -> list[Link]:
    return [link for link in links if link.is_allowed(request)]


def _current(links: list[Link], request: HttpRequest) -> Link | None:
    """Return the link of this page; of several, the one that says the most about it."""
    matching = [link for link in links if link.matches(request)]
    return max(matching, key=lambda link: (len(link.path), len(link.query)), default=None)


def _item(link: Link, *, is_active: bool) -> dict[str, Any]:
    item = {
        "title": link.title,
        "icon": link.icon,
        "link": link.address,
        "active": is_active,
    }
    count = link.count(_MAX_COUNT + 1) if link.count else 0
    if count:
        shown = f"{_MAX_COUNT}+" if count > _MAX_COUNT else str(count)
        item |= {"badge": shown, "badge_variant": "warning"}
    return item

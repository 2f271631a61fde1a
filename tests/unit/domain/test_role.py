"""Roles and their permissions."""

from pathlib import Path

from payouts.domain.role import Permission, Role

CONSOLE_DOCS = Path(__file__).parents[3] / "docs/console.md"


class TestRole:
    def test_may_do_everything_as_an_administrator(self) -> None:
        assert Role.ADMINISTRATOR.permissions == set(Permission)

    def test_may_read_whatever_it_is(self) -> None:
        for role in Role:
            assert {Permission.VIEW_PAYOUT, Permission.VIEW_RECIPIENT} <= role.permissions

    def test_shows_account_numbers_to_all_but_viewers(self) -> None:
        unmasked = {role for role in Role if Permission.VIEW_ACCOUNT_NUMBER in role.permissions}
        assert unmasked == set(Role) - {Role.VIEWER}


class TestPermission:
    def test_says_what_it_allows(self) -> None:
        assert all(permission.action for permission in Permission)

    def test_names_the_roles_that_have_it(self) -> None:
        assert Permission.MANAGE_ACCESS.roles == "administrator"
        assert Permission.CHANGE_PAYOUT.roles == "operator or administrator"
        assert Permission.ADD_RECIPIENT.roles == "integrator, operator or administrator"

    def test_is_described_in_the_docs_of_the_console(self) -> None:
        roles = [role for role in Role if role.uses_console]
        for permission in Permission:
            cells = ["yes" if permission in role.permissions else "" for role in roles]
            row = f"| {' | '.join([permission.action, *cells])} |".replace("|  |", "| |")
            assert row.replace("|  |", "| |") in CONSOLE_DOCS.read_text()

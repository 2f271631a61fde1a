"""Roles in the database: groups that migrations have made."""

import pytest
from django.contrib.auth.models import Group

from payouts.domain.role import Role

pytestmark = pytest.mark.usefixtures("database")


class TestGroups:
    @pytest.mark.parametrize("role", Role)
    def test_hold_what_the_domain_says(self, role: Role) -> None:
        found = Group.objects.get(name=role).permissions.all()
        assert {f"{each.content_type.app_label}.{each.codename}" for each in found} == set(
            role.permissions
        )

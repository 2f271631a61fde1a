from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Model, and codename -> name of its permission. Django makes these only after all migrations.
_PERMISSIONS = {
    "payout": {
        "view_payout": "Can view payout",
        "add_payout": "Can add payout",
        "change_payout": "Can change payout",
        "delete_payout": "Can delete payout",
        "view_account_number": "Can view whole account numbers",
        "view_deleted_payout": "Can view deleted payouts",
        "manage_webhooks": "Can manage webhooks",
    },
    "recipient": {
        "view_recipient": "Can view recipient",
        "add_recipient": "Can add recipient",
        "change_recipient": "Can change recipient",
    },
    "apitoken": {"manage_access": "Can manage users and tokens"},
}
_READ = ["view_payout", "view_recipient"]
_CLIENT = [*_READ, "view_account_number", "add_payout"]
_INTEGRATOR = [*_CLIENT, "add_recipient", "change_recipient"]
_VIEWER = [*_READ, "view_deleted_payout"]
_OPERATOR = [*_INTEGRATOR, "view_deleted_payout", "change_payout", "delete_payout"]
_ROLES = {
    "client": _CLIENT,
    "integrator": _INTEGRATOR,
    "viewer": _VIEWER,
    "operator": _OPERATOR,
    "approver": [*_VIEWER, "view_account_number"],
    "administrator": [*_OPERATOR, "manage_webhooks", "manage_access"],
}
# The old table stays, empty: it is knox's own, whose migrations may change it.
_MOVE_TOKENS = """
INSERT INTO payouts_apitoken (digest, token_key, created, expiry, user_id, name)
SELECT digest, token_key, created, expiry, user_id, '' FROM knox_authtoken;
DELETE FROM knox_authtoken;
"""
_MOVE_TOKENS_BACK = """
INSERT INTO knox_authtoken (digest, token_key, created, expiry, user_id)
SELECT digest, token_key, created, expiry, user_id FROM payouts_apitoken;
DELETE FROM payouts_apitoken;
"""


def make_roles(apps: Any, _schema_editor: Any) -> None:
    """Make the roles, and give each user one that lets it do what it could do until now."""
    permissions = _make_permissions(apps)
    groups = {}
    for role, codenames in _ROLES.items():
        groups[role], _ = apps.get_model("auth", "Group").objects.get_or_create(name=role)
        groups[role].permissions.set([permissions[codename] for codename in codenames])
    is_staff = models.Q(is_staff=True) | models.Q(is_superuser=True)
    users = apps.get_model("auth", "User").objects
    groups["administrator"].user_set.add(*users.filter(is_staff))
    groups["client"].user_set.add(*users.exclude(is_staff))


def _make_permissions(apps: Any) -> dict[str, Any]:
    content_types = apps.get_model("contenttypes", "ContentType").objects
    permissions = apps.get_model("auth", "Permission").objects
    made = {}
    for model, names in _PERMISSIONS.items():
        content_type, _ = content_types.get_or_create(app_label="payouts", model=model)
        for codename, name in names.items():
            made[codename], _ = permissions.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": name}
            )
    return made


def remove_roles(apps: Any, _schema_editor: Any) -> None:
    apps.get_model("auth", "Group").objects.filter(name__in=_ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0011_external_id_of_recipients"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("knox", "0009_extend_authtoken_field"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="payout",
            options={
                "permissions": [
                    ("view_account_number", "Can view whole account numbers"),
                    ("view_deleted_payout", "Can view deleted payouts"),
                    ("manage_webhooks", "Can manage webhooks"),
                ]
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("digest", models.CharField(max_length=128, primary_key=True, serialize=False)),
                ("token_key", models.CharField(db_index=True, max_length=25)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("expiry", models.DateTimeField(blank=True, null=True)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="auth_token_set",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "API token",
                "permissions": [("manage_access", "Can manage users and tokens")],
                "default_permissions": (),
            },
        ),
        migrations.RunSQL(_MOVE_TOKENS, _MOVE_TOKENS_BACK),
        migrations.RunPython(make_roles, remove_roles),
    ]

from django.apps import AppConfig
from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    """Django's admin, with the console's site."""

    default = False
    default_site = "payouts.entrypoints.console.site.ConsoleSite"


class ConsoleConfig(AppConfig):
    name = "payouts.entrypoints.console"
    label = "console"

    def ready(self) -> None:
        from payouts.entrypoints.console import login  # noqa: F401, PLC0415  connects its receivers

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "payouts.entrypoints.console"
    label = "console"

    def ready(self) -> None:
        from payouts.entrypoints.console import login  # noqa: F401, PLC0415  connects its receivers

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "payouts.entrypoints.console"
    label = "console"

from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    name = "payouts.adapters.database"
    label = "payouts"
    verbose_name = "Payouts"
    default_auto_field = "django.db.models.BigAutoField"

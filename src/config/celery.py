"""The Celery application of the workers and of beat."""

import os
import sys

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("payouts")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery closes the connection to the database after each task unless it is told to reuse it;
# that is half of a task's time. Our tasks see to connections that have gone bad.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize
app.autodiscover_tasks(["payouts.entrypoints.worker"])


@setup_logging.connect
def _keep_our_logging(**_facts: object) -> None:
    """Celery leaves logging alone when somebody answers this signal; settings set it up."""

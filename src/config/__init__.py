"""The deployment: settings, urls, logging, the WSGI and Celery apps. May import everything."""

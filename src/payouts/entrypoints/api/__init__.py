"""The REST API (DRF). May import bootstrap, application and domain; adapters through bootstrap."""

"""Users, their roles and their API tokens: Django's and knox's, so it may import both."""

"""The operators' console (Django admin). May import the database's models, and bootstrap."""

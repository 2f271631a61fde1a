"""How the console writes dates and numbers (Django's FORMAT_MODULE_PATH)."""

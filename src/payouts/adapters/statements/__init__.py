"""Bank statements in files. May import the domain and the application."""

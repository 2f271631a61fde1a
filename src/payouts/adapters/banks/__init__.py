"""Payment providers, a package per kind. May import application and domain."""

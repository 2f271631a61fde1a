"""How the ports are served, each mechanism on its own. May import application and domain."""

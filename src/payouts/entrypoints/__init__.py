"""How the service is called. May import bootstrap for anything that needs an adapter."""

"""Pages of webhook endpoints and their deliveries. May import what all of the console may."""

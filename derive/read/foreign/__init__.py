"""A foreign program as data: loaded, looked into, and a plan of how it is called."""

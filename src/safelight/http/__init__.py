"""Endpoints without a framework: what goes into an HTTP answer is decided here, once, for Django and Flask alike."""

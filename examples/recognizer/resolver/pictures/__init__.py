"""Draws what a first run shows: nothing in it is downloaded, and nothing is a binary file in the repository.

Pillow is loaded when `manage.py prepare` needs it, never by the server.
"""

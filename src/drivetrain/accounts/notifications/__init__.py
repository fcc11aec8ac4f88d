"""Telling people and programs what happened: mail, notifications in the application, and signed webhooks."""

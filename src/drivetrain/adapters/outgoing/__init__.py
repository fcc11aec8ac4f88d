"""Asking servers whose addresses somebody else has named."""

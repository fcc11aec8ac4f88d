"""The board of the desk: how requests, offers and drivers stand now."""

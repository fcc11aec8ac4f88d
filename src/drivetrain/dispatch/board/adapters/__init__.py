"""The tables of rides as the board reads them, and its routes."""

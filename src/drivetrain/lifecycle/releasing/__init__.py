"""Registry, promotion, comparison, trials and replay of versions."""

"""PostgreSQL: the ledger, API keys, releases of models, and the migrations that make their tables."""

"""Rules of companies: which roles count there, who may give them, and who must stay."""

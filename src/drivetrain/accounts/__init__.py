"""Who may do what: people, companies, sessions, keys. Keys are built; people follow."""

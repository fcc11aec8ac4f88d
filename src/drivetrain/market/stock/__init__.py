"""Stock: the tables that dealers send of their cars, taken as listings: new, changed, gone."""

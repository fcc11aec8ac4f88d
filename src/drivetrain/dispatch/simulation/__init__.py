"""A city that is made up: drivers who move and riders who ask, to show dispatch and to load it."""

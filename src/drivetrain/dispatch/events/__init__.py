"""What happens on the road: positions of drivers and requests of riders, read, checked and kept in the log of events."""

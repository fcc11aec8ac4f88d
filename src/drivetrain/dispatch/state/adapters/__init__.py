"""The state of drivers in a serving process, and over HTTP."""

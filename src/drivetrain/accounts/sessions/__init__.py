"""Sessions of browsers: signing in and out, and who a cookie belongs to."""

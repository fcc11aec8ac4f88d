"""Node, from the wheel that carries it: building the web app of a clone. Nothing that serves needs it."""

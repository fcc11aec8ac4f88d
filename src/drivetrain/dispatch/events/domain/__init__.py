"""Events of dispatch as plain values, and the rules by which one is accepted."""

"""Tables and the contracts that they must keep."""

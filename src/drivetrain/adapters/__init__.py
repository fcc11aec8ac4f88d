"""One folder per technology; none of them knows another."""

"""The policy by which drivers are ranked."""

"""What can be done with companies, branches, members and invitations."""

"""Accounts: who works with the platform, and what each of them may do.

For everybody who signs in, and for administrators. Inputs: e-mail addresses, passwords, one-time links, codes of a second
factor. Outputs: the caller of a request, with scopes, company and branch.
"""

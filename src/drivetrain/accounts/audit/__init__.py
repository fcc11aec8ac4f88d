"""The audit trail: an append-only chain of lines that nobody can change, reorder or cut unnoticed.

Takes what ``core.audit`` says of a change and stores it in the transaction of the change; gives it to those with
the scope ``audit:read``, and proves that it is whole.
"""

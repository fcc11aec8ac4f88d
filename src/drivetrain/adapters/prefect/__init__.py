"""Prefect: its server, runs of work as flows, and a flow on a schedule. An extra: nothing here imports it before it is used."""

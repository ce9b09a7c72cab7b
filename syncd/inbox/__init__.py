"""Webhooks that come in.

ingest  events of other syncds: applied if newer, kept beside our own, passed on with our sequence
"""

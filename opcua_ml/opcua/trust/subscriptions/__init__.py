"""Subscriptions and monitored items."""

"""Channels: signed webhooks, Slack, Alertmanager and mail."""

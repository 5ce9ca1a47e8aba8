"""Alerts: how observations open and resolve them, and which of them are one incident."""

"""Chairs."""

DAYS = 6 * 5

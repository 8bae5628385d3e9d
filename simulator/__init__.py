"""Simulate phase I dose-escalation trials, from referral to dose recommendation."""

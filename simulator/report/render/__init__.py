"""Renderers: blocks to plain text, HTML, Markdown and Word, and the report and protocol section made of them."""

"""Prompt templates, one Markdown file a purpose; `writing` fills them in."""

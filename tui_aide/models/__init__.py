"""Models as async streams: the interface, the built-in proposer and the OpenAI-compatible client."""

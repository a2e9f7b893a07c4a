"""The local backend: speaks the NemoVideo contract over HTTP, with an agent, a timeline and a renderer of its own."""

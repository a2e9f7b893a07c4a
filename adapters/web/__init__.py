"""The web chat: its page, the way in, the way out, and the server for them."""

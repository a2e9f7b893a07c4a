"""Discord: the way in (the gateway), the way out (REST), and what the operator is told about both."""

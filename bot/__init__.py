"""The front office: starts and wires the parts, decides nothing."""

"""The workshop: everything that happens to a message between its arrival and its answer; knows no platform."""

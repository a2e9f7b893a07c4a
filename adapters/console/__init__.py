"""The console as a platform: one message from the command line, one video into a file."""

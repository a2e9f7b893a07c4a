"""The interpreters: one folder per platform, each turning its SDK's objects into the core's values and back."""

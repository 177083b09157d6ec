"""The checks that are implemented; criteria say which of them, with which parameters."""

"""The command line `cmdb`. Commands import what they need when they run, so that `cmdb --help` is quick."""

"""The inventory as it was: the questions of `cmdb.inventory`, asked of history as of a commit. Reads only."""

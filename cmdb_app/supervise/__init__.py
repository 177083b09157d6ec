"""Starting, watching and stopping the processes of `cmdb serve`."""

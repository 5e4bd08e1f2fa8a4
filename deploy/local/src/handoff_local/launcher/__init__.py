"""Everything on one machine: the processes of the stack, their ports and data folder, kept alive until a signal."""

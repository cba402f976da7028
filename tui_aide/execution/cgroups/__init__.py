"""Control groups of version 2: the kernel holds each run to its memory and processes, and kills all of it at once."""

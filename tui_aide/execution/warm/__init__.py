"""Warm start: a process that has the usual modules loaded forks once a script.

`zygote`, `preloading`, `supervisor` and `script` run with the scripts' interpreter: standard library only, any Python
from 3.8 on. The other files are the runner's side.
"""

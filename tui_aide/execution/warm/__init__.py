"""Warm start: a process that has the usual modules loaded forks once a script.

`zygote`, `preloading`, `keeper`, `supervisor`, `inhabitants`, `messages` and `script` run with the scripts' own Python:
standard library only, any from 3.8 on. The other files are the runner's side.
"""

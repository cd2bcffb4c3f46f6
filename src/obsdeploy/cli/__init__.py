"""The command line: parse, call the pipeline, render, exit. Nothing else in the package prints or exits."""

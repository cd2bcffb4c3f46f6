"""Reports: results of checks as text or JSON. They render what was found and never look for themselves."""

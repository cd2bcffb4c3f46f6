"""`make bench`: obsdeploy beside what one would do by hand, in one run, as ratios."""

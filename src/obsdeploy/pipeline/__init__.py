"""What the commands do, as plain functions that report to an observer: nothing here prints or exits."""

"""The rules: plain functions on frames and times. They know no database and no screen."""

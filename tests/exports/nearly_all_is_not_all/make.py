"""2,500 calls of one day, all answered but one: `python make.py > calls.csv`."""

from datetime import datetime, timedelta

print("source_id,started_at,answered_at,ended_at,status,queue,agent")
for n in range(2500):
    at = datetime(2026, 11, 18, 9) + timedelta(seconds=11 * n)
    if n == 1200:
        print(f"n{n},{at},,{at + timedelta(seconds=45)},unanswered,Main,101")
    else:
        print(f"n{n},{at},{at + timedelta(seconds=5)},{at + timedelta(seconds=9)},answered,Main,101")

"""How long a test waits for what must happen, however busy the machine is.

Waiting ends as soon as what is waited for is there, so much patience costs nothing. It only ends a
run that would never end.
"""

SECONDS = 300

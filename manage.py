#!/usr/bin/env python
"""Django's command line for this site, where the project itself is not installed."""

from advisor.__main__ import main

if __name__ == "__main__":
    main()

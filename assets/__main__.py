"""`python -m assets` is the command `sozialatlas`."""

from assets.cli import main

main()

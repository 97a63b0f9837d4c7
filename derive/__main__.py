"""python -m derive"""

from __future__ import annotations

from derive.cli import main

main()

"""Office files with the same bytes from the same content: their zip entries carry no clock.

What belongs here: packing a saved file again with fixed times. What does not: what is in the file (`workbook`,
`office`).
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

ZIP_TIME = (1980, 1, 1, 0, 0, 0)
PROPERTIES = "docProps/core.xml"

_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:(?:created|modified)>)")


def stable_bytes(saved: io.BytesIO, stamp: datetime) -> bytes:
    """The saved office file with `stamp` (UTC) as its times: libraries write the clock into properties and entries."""
    written, stable = stamp.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), io.BytesIO()
    with (
        zipfile.ZipFile(saved) as source,
        zipfile.ZipFile(stable, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == PROPERTIES:
                content = _TIMES.sub(rb"\g<1>" + written + rb"\g<2>", content)
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 0, 0
            target.writestr(entry, content)
    return stable.getvalue()

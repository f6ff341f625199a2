"""The graph of assets as plain data. `python tests/assets/graph.py` renews the stored snapshot beside this file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SNAPSHOT = Path(__file__).with_name("graph.json")


def graph(defs: Any) -> dict[str, Any]:
    """Assets with what they depend on, checks with whether they block, jobs with their steps."""
    assets = {
        spec.key.to_user_string(): {
            "group": spec.group_name,
            "description": spec.description,
            "owners": list(spec.owners),
            "kinds": sorted(spec.kinds),
            "by_year": spec.partitions_def is not None,
            "needs": sorted(dep.asset_key.to_user_string() for dep in spec.deps),
        }
        for spec in defs.resolve_all_asset_specs()
    }
    checks = {
        f"{spec.asset_key.to_user_string()}:{spec.name}": {"blocking": spec.blocking, "description": spec.description}
        for definition in defs.asset_checks or []
        for spec in definition.check_specs
    }
    jobs = {name: sorted(defs.resolve_job_def(name).graph.node_dict) for name in ("atlas", "daten")}
    return {"assets": dict(sorted(assets.items())), "checks": dict(sorted(checks.items())), "jobs": jobs}


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from assets.definitions import defs

    SNAPSHOT.write_text(json.dumps(graph(defs), ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

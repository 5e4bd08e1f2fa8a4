"""What the suite of the notifier builds, here too: the services on a real database, with a real mail server."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_NOTIFIER = Path(__file__).resolve().parents[2] / "integration" / "notifier"
sys.path.insert(0, str(_NOTIFIER))

_spec = spec_from_file_location("fixtures_of_notifier", _NOTIFIER / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
_module = module_from_spec(_spec)
_spec.loader.exec_module(_module)
globals().update({name: value for name, value in vars(_module).items() if not name.startswith("_")})

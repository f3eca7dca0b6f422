"""Keys of the house that nobody asked for: the admin's, shown once, and the local client's.

Only the owner of the home (who holds its lock) calls this.
"""

from pathlib import Path

from tenure.app import home
from tenure.core.errors import TenureError
from tenure.core.keys import Role
from tenure.core.tenants import SYSTEM
from tenure.services import keys
from tenure.services.house import House

ADMIN, LOCAL = "admin", "local"
_ACTOR = "system"


def first_admin_key(house: House) -> str:
    """Mint the admin's key when there never was one; return its text, or ""."""
    with house.store.read() as work:
        known = work.keys.list(SYSTEM, limit=1_000_000)
    if any(key.name == ADMIN for key in known):
        return ""
    return keys.mint(house, _ACTOR, SYSTEM, Role.ADMIN, ADMIN)[1]


def local_key(house: House, folder: Path) -> str:
    """Return the key of this user's commands on the home, minted when there is none that works."""
    stored = home.read_keys(folder)
    if stored.house and _works(house, stored.house):
        return stored.house
    text = keys.mint(house, _ACTOR, SYSTEM, Role.SOLE_USER, LOCAL)[1]
    home.write_keys(folder, home.Keys(text, {}))
    return text


def _works(house: House, text: str) -> bool:
    try:
        return keys.authenticate(house, text).role is Role.SOLE_USER
    except TenureError:
        return False

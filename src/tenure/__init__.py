"""Tenure: every model earns its place in production, and keeps earning it."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["Client", "TenureError", "__version__", "connect", "drift", "evaluate"]

# Types of these names stand in `__init__.pyi`: an import here would tie every room to the sdk.
_HOMES = {
    "Client": "tenure.sdk.client",
    "TenureError": "tenure.core.errors",
    "connect": "tenure.sdk.client",
    "drift": "tenure.app.drift",
    "evaluate": "tenure.app.evaluate",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import tenure` itself costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'tenure' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)

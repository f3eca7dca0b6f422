from tenure.app.drift import drift as drift
from tenure.app.evaluate import evaluate as evaluate
from tenure.core.errors import TenureError as TenureError
from tenure.sdk.client import Client as Client
from tenure.sdk.client import connect as connect

__version__: str
__all__ = ["Client", "TenureError", "__version__", "connect", "drift", "evaluate"]

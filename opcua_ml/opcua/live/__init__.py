"""Values that the server itself changes: held as they are sent, changed many at once, told to who watches."""

from .cell import FEW, ValueCell
from .change import Numbers, change_together, repeats, tell
from .watcher import NumberBatch, NumberWatcher, mark_of

__all__ = [
    "FEW",
    "NumberBatch",
    "NumberWatcher",
    "Numbers",
    "ValueCell",
    "change_together",
    "mark_of",
    "repeats",
    "tell",
]

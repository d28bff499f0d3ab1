"""Values that the server itself changes: held as they are sent, changed many at once, told to who watches."""

from .cell import ValueCell
from .change import Numbers, change_together, tell
from .watcher import NumberBatch, NumberWatcher, mark_of

__all__ = ["NumberBatch", "NumberWatcher", "Numbers", "ValueCell", "change_together", "mark_of", "tell"]

"""Values that the server itself changes: held as they are sent, changed many at once, told to who watches."""

from .cell import FEW, ValueCell
from .cell_group import CellGroup
from .change import change_together, repeats
from .number_pass import Pass, joined
from .number_table import NumberColumn, NumberTable, NumberTables
from .numbers import Numbers
from .telling import tell
from .watcher import NumberBatch, NumberWatcher, mark_of

__all__ = [
    "FEW",
    "CellGroup",
    "NumberBatch",
    "NumberColumn",
    "NumberTable",
    "NumberTables",
    "NumberWatcher",
    "Numbers",
    "Pass",
    "ValueCell",
    "change_together",
    "joined",
    "mark_of",
    "repeats",
    "tell",
]

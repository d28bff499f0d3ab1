"""Data items whose numbers come by a column while nothing else has to be asked.

Source: OPC UA Part 4, 5.13.1 (MonitoredItem model).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from opcua_ml.opcua.live import NumberWatcher
from opcua_ml.opcua.trust.subscriptions.change import Seen, is_number
from opcua_ml.opcua.trust.subscriptions.item import REPORTING, Granted, ItemService
from opcua_ml.opcua.trust.subscriptions.number_column import ColumnKind
from opcua_ml.opcua.trust.subscriptions.sampled_item import SampledItem

if TYPE_CHECKING:
    from asyncua import ua

    from opcua_ml.opcua.live import NumberTable
    from opcua_ml.opcua.trust.subscriptions.change import ChangeFilter
    from opcua_ml.opcua.trust.subscriptions.column_filter import EveryChange
    from opcua_ml.opcua.trust.subscriptions.column_sampling import ColumnSampling
    from opcua_ml.opcua.trust.subscriptions.number_column import ItemColumn

NEVER: Final = -1
"""A version of rights that no address space has."""
_NOTHING: Final[Seen] = (0, 0, None)
_TOO_GREAT: Final = frozenset({"<i8", "<u8"})
"""Types whose differences arrays can't tell to the last digit, as dead bands want them."""


class DataItemService(ItemService, Protocol):
    """The items of one subscription as its data items see them."""

    def column(self, table: NumberTable, kind: ColumnKind) -> ItemColumn:
        """The column of items of this kind that report the numbers of a table."""
        ...


class ColumnMember(SampledItem, NumberWatcher):
    """Knows its column, and takes along what it needs when it leaves it.

    While the item reports, has no links and its client may read (`_swift`), a column does all of `number` as
    arrays; whatever else is done with the item takes it out first.

    Attributes:
        change_filter: decides which changes are reported.
        timestamps: that are told, as ua.TimestampsToReturn.
    """

    __slots__ = ("_column", "_last", "_row", "_swift", "change_filter", "timestamps")

    service: DataItemService

    def __init__(
        self,
        service: DataItemService,
        item_id: int,
        node_id: ua.NodeId,
        granted: Granted,
        change_filter: ChangeFilter,
        *,
        timestamps: int,
    ) -> None:
        super().__init__(service, item_id, node_id, granted)
        self.change_filter = change_filter
        self.timestamps = timestamps
        self._last: Seen | None = None
        self._column: ItemColumn | None = None
        self._row = 0
        self._swift = NEVER

    @property
    def steady(self) -> bool:
        """Whether its next numbers may come by a column."""
        return (
            self._swift == self.service.aspace.access_version
            and self.mode is REPORTING
            and not self.triggers
            and (not self._scheduled or self.granted.sampling_interval > 0)
            and not self.closed
        )

    def column(self, table: NumberTable) -> ItemColumn | None:
        """Of its subscription; None where a column does not tell changes as the item does."""
        change_filter = self.change_filter
        if not is_number(self._last, table.kind) or (change_filter.band > 0 and table.type in _TOO_GREAT):
            return None
        kind = ColumnKind.of(self.timestamps, self.granted.sampling_interval, change_filter)
        return self.service.column(table, kind)

    def join(
        self, column: ItemColumn, row: int, reported: EveryChange, sampling: ColumnSampling | None
    ) -> bool:
        """From now on the column takes the numbers; whether the present one has to wait for its sample."""
        self._column, self._row = column, row
        reported.open(row, self.change_filter, self._last or _NOTHING)
        if sampling is None:
            return False
        sampling.open(row, self.granted.sampling_interval / 1000, self._due)
        return self._wait_no_more()

    def left(self) -> None:
        """Take them itself again."""
        if self._column is None:
            return
        column, self._column = self._column, None
        released = column.release(self._row)
        self._last = released.last or self._last
        if released.due is not None:
            self._due = released.due
            if released.waits and released.due <= self.service.now():
                self.sample_due(released.due)
            elif released.waits:
                self._wait()
        if released.refused:
            self.sample_now()

    def refused(self) -> None:
        """The client may not read the value any more, as the column has found."""
        self.sample_now()

    def _leave(self) -> None:
        if self._column is not None:
            self._column.leave(self._row)

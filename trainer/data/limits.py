"""How much one uploaded file may cost."""

from dataclasses import asdict, dataclass

MIB = 1024 * 1024
WALL_FACTOR = 3


@dataclass(frozen=True)
class ReadLimits:
    """Ceilings for reading one file. Going over one is a DataError, never a truncated table.

    max_bytes: size of the file, and of everything in it once unpacked.
    max_rows: rows with content, the heading row not counted.
    max_columns: columns with content.
    max_cell_characters: a longer cell is set aside with its row.
    max_seconds: processor time of the reading process; on a busy machine the clock may run WALL_FACTOR times as long.
    max_memory_bytes: address space of the reading process.
    """

    max_bytes: int = 500 * MIB
    max_rows: int = 200_000
    max_columns: int = 200
    max_cell_characters: int = 100_000
    max_seconds: float = 120
    max_memory_bytes: int = 2048 * MIB

    def as_dict(self) -> dict[str, int | float]:
        """Plain values, for JSON."""
        return asdict(self)


DEFAULT_LIMITS = ReadLimits()

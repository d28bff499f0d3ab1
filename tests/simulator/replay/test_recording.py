"""Reading recordings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from opcua_ml_simulator import ReplaySettings
from opcua_ml_simulator.errors import FileError, SettingsError
from opcua_ml_simulator.replay.recording import Recording, load_recording

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the recordings beside the checkout are absent")


def load(tmp_path: Path, text: str, **settings: Any) -> Recording:
    """Read a text as a file."""
    path = tmp_path / "run.csv"
    path.write_text(text, encoding="utf-8")
    return load_recording(ReplaySettings(source=path, **settings))


def test_a_file_with_dates_is_understood_without_being_told(tmp_path: Path) -> None:
    """Delimiter, header and time column are found; the recorded times are UTC."""
    found = load(tmp_path, "datetime;Flow;State\n2020-03-09 10:14:33;1.5;on\n2020-03-09 10:14:35;2.5;off\n")
    assert found.names == ("Flow", "State")
    assert found.numeric == (True, False)
    assert found.rows == ((1.5, "on"), (2.5, "off"))
    assert found.offsets == (0.0, 2.0)
    assert found.times is not None
    assert found.times[0] == datetime(2020, 3, 9, 10, 14, 33, tzinfo=UTC)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "   "])
def test_delimiters_are_told_apart(tmp_path: Path, delimiter: str) -> None:
    """Also white space, and with blank lines between."""
    text = f"a{delimiter}b\n\n1{delimiter}2\n3{delimiter}4\n"
    assert load(tmp_path, text).rows == ((1.0, 2.0), (3.0, 4.0))


def test_a_table_without_header_gets_numbered_columns(tmp_path: Path) -> None:
    """And a period instead of times."""
    found = load(tmp_path, "  1.0 2e1\n  3.0 4.0\n", period=180.0)
    assert found.names == ("Column1", "Column2")
    assert found.rows == ((1.0, 20.0), (3.0, 4.0))
    assert found.offsets == (0.0, 180.0)
    assert found.times is None


def test_a_transposed_table_is_turned(tmp_path: Path) -> None:
    """Two columns of three rows, stored as two lines."""
    assert load(tmp_path, "1 2 3\n4 5 6\n", transpose=True).rows == ((1.0, 4.0), (2.0, 5.0), (3.0, 6.0))


def test_missing_values_are_none(tmp_path: Path) -> None:
    """NaN, empty and the usual words; a column of words keeps them."""
    found = load(tmp_path, "a,b,c\n1,,x\nnan,2,\nNULL,3,y\n")
    assert found.rows == ((1.0, None, "x"), (None, 2.0, None), (None, 3.0, "y"))


def test_a_decimal_comma_is_read_when_told(tmp_path: Path) -> None:
    """With points between thousands."""
    assert load(tmp_path, "a;b\n1,5;1.234,5\n", decimal=",").rows == ((1.5, 1234.5),)


def test_columns_are_renamed_and_left_out(tmp_path: Path) -> None:
    """By the mapping."""
    text = "time,Volume Flow RateRMS,Other\n0,1,2\n1,3,4\n"
    columns = {"Volume Flow RateRMS": "Flow"}
    assert load(tmp_path, text, columns=columns).names == ("Flow", "Other")
    assert load(tmp_path, text, columns=columns, only_mapped=True).names == ("Flow",)


def test_seconds_are_a_time_column_too(tmp_path: Path) -> None:
    """Counted from the first row; without a column the period rules."""
    text = "time,a\n100,1\n100.5,2\n"
    assert load(tmp_path, text).offsets == (0.0, 0.5)
    assert load(tmp_path, text, time_column="").offsets == (0.0, 1.0)
    assert load(tmp_path, text, time_column="").names == ("time", "a")


def test_a_time_that_falls_back_plays_with_the_row_before(tmp_path: Path) -> None:
    """Clocks are set back; the replay does not wait for ever."""
    assert load(tmp_path, "time,a\n0,1\n5,2\n3,3\n6,4\n").offsets == (0.0, 5.0, 5.0, 6.0)


def test_a_data_frame_is_a_recording() -> None:
    """Numbers, texts, missing values, and the index as time."""
    frame = pd.DataFrame(
        {"Flow": [1.0, float("nan")], "Count": [1, 2], "On": [True, False], "Text": ["x", None]},
        index=pd.to_datetime(["2024-01-01 00:00:00", "2024-01-01 00:00:10"]),
    )
    found = load_recording(ReplaySettings(source=frame))
    assert found.names == ("Flow", "Count", "On", "Text")
    assert found.rows == ((1.0, 1.0, 1.0, "x"), (None, 2.0, 0.0, None))
    assert found.offsets == (0.0, 10.0)


def test_a_data_frame_may_have_a_time_column() -> None:
    """Or none at all."""
    times = pd.to_datetime(["2024-01-01", "2024-01-02"])
    dated = load_recording(ReplaySettings(source=pd.DataFrame({"when": times, "a": [1.0, 2.0]})))
    assert dated.offsets == (0.0, 86_400.0)
    plain = load_recording(ReplaySettings(source=pd.DataFrame({"a": [1.0, 2.0]}), period=3.0))
    assert plain.offsets == (0.0, 3.0)


@pytest.mark.parametrize(
    ("text", "settings", "sentence"),
    [
        ("", {}, "is empty"),
        ("a,b\n", {}, "has a header only"),
        ("a,b\n1,2\n1\n", {}, "line 3: has 1 fields, wanted 2"),
        ("a,a\n1,2\n", {}, "stands twice"),
        ("a,Row\n1,2\n", {}, "a name of the player's own"),
        ("a,b\n1,2\n", {"columns": {"a": "b"}}, "mapped to twice"),
        ("datetime,a\n2020-01-01,1\nsoon,2\n", {}, "row 2: has the time 'soon'"),
        ("a,b\n1,2\n", {"time_column": "t"}, "'t': is not there"),
        ("time\n1\n", {}, "no column to play"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused_in_one_sentence(
    tmp_path: Path, text: str, settings: dict[str, Any], sentence: str
) -> None:
    """With the file and the place."""
    with pytest.raises(FileError, match=sentence) as caught:
        load(tmp_path, text, **settings)
    assert str(tmp_path / "run.csv") in str(caught.value)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """Missing, or in another encoding."""
    with pytest.raises(FileError, match="can't be read"):
        load_recording(ReplaySettings(source=tmp_path / "absent.csv"))
    path = tmp_path / "latin.csv"
    path.write_bytes(b"Temperatur \xb0C;a\n1;2\n")
    with pytest.raises(FileError, match="is not UTF-8 text"):
        load_recording(ReplaySettings(source=path))


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"delimiter": ";;"}, "delimiter"),
        ({"decimal": "x"}, "decimal"),
        ({"decimal": ",", "delimiter": ","}, "decimal"),
        ({"period": 0.0}, "period"),
        ({"speed": 0.0}, "replay speed"),
        ({"timestamps": "then"}, "replay timestamps"),
        ({"only_mapped": True}, "columns"),
    ],
)
def test_impossible_settings_are_refused(fields: dict[str, Any], key: str) -> None:
    """By the name of the setting, before a file is opened."""
    with pytest.raises(SettingsError) as caught:
        ReplaySettings(source=Path("absent"), **fields)
    assert caught.value.key == key


def test_a_mapped_column_must_exist(tmp_path: Path) -> None:
    """And the sentence names those that do."""
    with pytest.raises(SettingsError, match="'x', wanted one of a, b"):
        load(tmp_path, "a,b\n1,2\n", columns={"x": "y"})


def test_another_object_is_no_recording() -> None:
    """Only paths and DataFrames are."""
    with pytest.raises(SettingsError, match="a path or a DataFrame"):
        load_recording(ReplaySettings(source=[1, 2]))


@needs_data
def test_the_water_rig_recordings_are_understood() -> None:
    """Ten columns besides the time, about a row a second, whatever the file."""
    for path in sorted((DATA / "skab" / "valve1").glob("*.csv")):
        found = load_recording(ReplaySettings(source=path))
        assert found.names[-3:] == ("Volume Flow RateRMS", "anomaly", "changepoint")
        assert len(found.names) == 10
        assert all(found.numeric)
        assert 1000.0 < found.offsets[-1] < 1400.0


@needs_data
@pytest.mark.parametrize(("name", "transpose", "rows"), [("d00", True, 500), ("d01_te", False, 960)])
def test_the_chemical_plant_recordings_are_understood(name: str, transpose: bool, rows: int) -> None:
    """52 columns without header; d00 is stored transposed."""
    source = DATA / "tep" / f"{name}.dat"
    found = load_recording(ReplaySettings(source=source, transpose=transpose, period=180.0))
    assert (len(found.rows), len(found.names)) == (rows, 52)
    assert all(found.numeric)

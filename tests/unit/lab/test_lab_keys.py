"""A step's key changes with everything that goes into its result, and with nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.steps import Step, step_keys, with_needs
from tests.unit.lab.notes import writes


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "main.py").write_text("print('one')")
    return folder


@pytest.fixture
def steps(source: Path) -> list[Step]:
    return [
        Step("base", writes("a"), {"version": "v1"}, sources=(source,)),
        Step("top", writes("b"), needs=("base",)),
        Step("other", writes("c")),
    ]


def test_the_same_steps_have_the_same_keys(steps: list[Step]) -> None:
    assert step_keys(steps) == step_keys([replace(step) for step in steps])


def test_a_changed_recipe_changes_the_step_and_those_that_need_it(steps: list[Step]) -> None:
    before = step_keys(steps)
    after = step_keys([replace(steps[0], recipe={"version": "v2"}), *steps[1:]])
    assert {name for name in before if before[name] != after[name]} == {"base", "top"}


@pytest.mark.parametrize(("file", "content"), [("main.py", "print('two')"), ("added.py", "")])
def test_a_changed_or_added_source_file_changes_the_key(steps: list[Step], source: Path, file: str, content: str) -> None:
    before = step_keys(steps)["base"]
    (source / file).write_text(content)
    assert step_keys(steps)["base"] != before


def test_a_renamed_source_file_changes_the_key(steps: list[Step], source: Path) -> None:
    before = step_keys(steps)["base"]
    (source / "main.py").rename(source / "other.py")
    assert step_keys(steps)["base"] != before


def test_what_tools_leave_in_a_source_folder_does_not_count(steps: list[Step], source: Path) -> None:
    before = step_keys(steps)["base"]
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "main.cpython-311.pyc").write_text("compiled")
    assert step_keys(steps)["base"] == before


BUILDER = 'def build(work):\n    """Build it."""\n    return run(work)  # as is\n'


@pytest.mark.parametrize(
    ("code", "same"),
    [
        ("def build( work ):\n    return run(work)\n", True),
        (BUILDER.replace("Build it.", "Build it well."), True),
        (BUILDER.replace("run(work)", "run(work, fast=True)"), False),
    ],
)
def test_of_a_builders_code_only_what_it_does_counts(tmp_path: Path, code: str, same: bool) -> None:
    module = tmp_path / "builder.py"
    module.write_text(BUILDER)
    before = step_keys([Step("base", writes("a"), sources=(module,))])
    module.write_text(code)
    assert (step_keys([Step("base", writes("a"), sources=(module,))]) == before) is same


def test_steps_come_after_what_they_need(steps: list[Step]) -> None:
    assert list(step_keys(reversed(steps))).index("base") < list(step_keys(reversed(steps))).index("top")


def test_a_circle_is_refused_with_its_steps() -> None:
    steps = [Step("egg", writes(""), needs=("hen",)), Step("hen", writes(""), needs=("egg",))]
    with pytest.raises(LabError, match="egg -> hen -> egg"):
        step_keys(steps)


def test_an_unknown_need_is_refused() -> None:
    with pytest.raises(LabError, match="top needs base, which does not exist"):
        step_keys([Step("top", writes(""), needs=("base",))])


def test_only_what_a_wanted_step_needs_is_chosen(steps: list[Step]) -> None:
    assert [step.name for step in with_needs(steps, ["top"])] == ["base", "top"]


def test_asking_for_an_unknown_step_is_a_usage_error(steps: list[Step]) -> None:
    with pytest.raises(LabError, match="there is no step nope") as caught:
        with_needs(steps, ["nope"])
    assert caught.value.exit_code == 2

"""The umbrella and its dependencies, from each kind of source."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from obsdeploy import charts
from obsdeploy.charts import Directory, Repositories, assemble, locked
from obsdeploy.errors import EnvironmentProblem, ExitCode

LOCK = """\
dependencies:
- {name: prometheus, repository: https://one.example/charts, version: 29.27.0}
- {name: grafana, repository: https://two.example/charts, version: 12.11.1}
digest: sha256:abc
"""
FILES = ("prometheus-29.27.0.tgz", "grafana-12.11.1.tgz")


@pytest.fixture
def umbrella(tmp_path: Path) -> Path:
    chart = tmp_path / "source" / "obs-stack"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("name: obs-stack\n")
    (chart / "Chart.lock").write_text(LOCK)
    (chart / "templates" / "a.yaml").write_text("a: 1\n")
    (chart / "charts").mkdir()
    (chart / "charts" / "stale-1.0.0.tgz").write_text("")
    return chart


def mirror(folder: Path, names: Sequence[str] = FILES) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).write_text(f"content of {name}")
    return folder


class FakeHelm:
    """Writes packages where `helm dependency build` would."""

    def __init__(self, names: Sequence[str] = FILES) -> None:
        self.names = names
        self.repositories: list[str] = []
        self.builds = 0

    async def add_repository(self, name: str, url: str) -> None:
        self.repositories.append(url)

    async def dependency_build(self, chart: Path) -> None:
        assert (chart / "Chart.lock").read_text().startswith("dependencies:")
        self.builds += 1
        mirror(chart / "charts", self.names)


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    async def yes(repository: str) -> None:
        assert repository.startswith("https://")

    monkeypatch.setattr(charts, "check_reachable", yes)


async def test_a_folder_of_packages_makes_the_chart_whole(umbrella: Path, tmp_path: Path) -> None:
    made = await assemble(Directory(mirror(tmp_path / "mirror")), tmp_path / "work", umbrella=umbrella)
    assert made == tmp_path / "work" / "obs-stack"
    assert sorted(path.name for path in (made / "charts").iterdir()) == sorted(FILES)
    assert (made / "templates" / "a.yaml").read_text() == "a: 1\n"
    assert (umbrella / "charts" / "stale-1.0.0.tgz").exists(), "the original is left alone"


async def test_what_a_folder_lacks_is_named_with_its_version(umbrella: Path, tmp_path: Path) -> None:
    folder = mirror(tmp_path / "mirror", ["prometheus-29.26.0.tgz", "grafana-12.11.1.tgz"])
    with pytest.raises(EnvironmentProblem) as raised:
        await assemble(Directory(folder), tmp_path / "work", umbrella=umbrella)
    assert raised.value.exit_code == ExitCode.ENVIRONMENT
    assert raised.value.message == f"chart prometheus 29.27.0 is not in --charts ({folder})"
    assert raised.value.hint == "helm pull prometheus --repo https://one.example/charts --version 29.27.0"


async def test_a_folder_that_is_not_there(umbrella: Path, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="is not a folder"):
        await assemble(Directory(tmp_path / "no"), tmp_path / "work", umbrella=umbrella)


@pytest.mark.usefixtures("reachable")
async def test_repositories_are_asked_once_for_one_lock_file(umbrella: Path, tmp_path: Path) -> None:
    helm = FakeHelm()
    for _ in range(2):
        made = await assemble(Repositories(helm, tmp_path / "cache"), tmp_path / "work", umbrella=umbrella)
    assert helm.builds == 1
    assert helm.repositories == ["https://one.example/charts", "https://two.example/charts"]
    assert (made / "charts" / FILES[0]).read_text() == f"content of {FILES[0]}"
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.name.startswith(".")] == []


@pytest.mark.usefixtures("reachable")
async def test_another_lock_file_is_fetched_anew(umbrella: Path, tmp_path: Path) -> None:
    helm = FakeHelm()
    await assemble(Repositories(helm, tmp_path / "cache"), tmp_path / "work", umbrella=umbrella)
    (umbrella / "Chart.lock").write_text(LOCK + "generated: later\n")
    await assemble(Repositories(helm, tmp_path / "cache"), tmp_path / "work", umbrella=umbrella)
    assert helm.builds == 2


@pytest.mark.usefixtures("reachable")
async def test_a_half_fetched_set_is_no_set(umbrella: Path, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match=r"chart grafana 12\.11\.1 is not in the charts' repositories"):
        await assemble(Repositories(FakeHelm(FILES[:1]), tmp_path / "cache"), tmp_path / "work", umbrella=umbrella)
    assert list((tmp_path / "cache").iterdir()) == []


async def test_an_unreachable_repository_is_named_with_the_ways_around_it() -> None:
    with pytest.raises(EnvironmentProblem) as raised:
        await charts.check_reachable("http://127.0.0.1:9/charts")
    assert raised.value.message.startswith("the chart repository http://127.0.0.1:9/charts can't be reached (")
    assert "--bundle DIR" in raised.value.hint
    assert "--charts DIR" in raised.value.hint


def test_the_lock_file_of_our_own_chart_is_read() -> None:
    from obsdeploy import assets

    pinned = locked(assets.chart("obs-stack"))
    assert {one.name for one in pinned} >= {"prometheus", "grafana", "prometheus-redis-exporter"}
    assert all(one.repository.startswith("https://") and one.version for one in pinned)

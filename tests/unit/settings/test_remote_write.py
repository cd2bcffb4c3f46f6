"""remoteWrite: what Prometheus would refuse to start with is refused when settings are read; promtool says that it would."""

import json
from pathlib import Path
from typing import Any

import pytest

from obsdeploy.errors import UsageProblem
from obsdeploy.settings import load
from obsdeploy.values import render
from tests.contract.test_prometheus_config import configuration
from tests.unit.rules.conftest import Promtool
from tests.unit.values.make import settings

URL = "https://mimir.example/push"
PASSWORD = {"name": "mimir", "key": "password"}
KEEP = {"source_labels": ["__name__"], "action": "keep"}
Entries = list[dict[str, Any]]

# What is written, what Prometheus would be given (None: it would take that, and do something else), and what is said.
REFUSED: dict[str, tuple[Entries, Entries | None, str]] = {
    "two log-ins": (
        [{"url": URL, "username": "me", "passwordSecret": PASSWORD, "tokenSecret": PASSWORD}],
        [{"url": URL, "basic_auth": {"username": "me", "password_file": "/a"}, "authorization": {"credentials_file": "/a"}}],
        "remoteWrite[0]: passwordSecret and tokenSecret are two ways to log in, and Prometheus takes one: leave one out",
    ),
    "a user without a password": (
        [{"url": URL, "username": "me"}],
        None,
        "remoteWrite[0]: username without passwordSecret would not be sent: name the password's Secret, or leave username out",
    ),
    "a name twice": (
        [{"url": URL, "name": "a"}, {"url": "https://b.example", "name": "a"}],
        [{"url": URL, "name": "a"}, {"url": "https://b.example", "name": "a"}],
        "remoteWrite: the name a is there twice: give each destination its own, or none",
    ),
    "an entry twice": (  # promtool takes this; the server refuses to load it
        [{"url": URL}, {"url": "https://b.example"}, {"url": URL}],
        None,
        "remoteWrite: entries 0 and 2 are the same: leave one out, or name both",
    ),
    "no expression": (
        [{"url": URL, "keep": "("}],
        [{"url": URL, "write_relabel_configs": [{**KEEP, "regex": "("}]}],
        "remoteWrite[0].keep: '(' is no regular expression: missing ), unterminated subpattern at position 0",
    ),
    "a lookahead": (
        [{"url": URL, "keep": "(?!go_).*"}],
        [{"url": URL, "write_relabel_configs": [{**KEEP, "regex": "(?!go_).*"}]}],
        "remoteWrite[0].keep: '(?!go_).*' has (?!, which Prometheus' regular expressions (RE2) don't know",
    ),
    "a back-reference": (
        [{"url": URL, "keep": r"(a)\1"}],
        [{"url": URL, "write_relabel_configs": [{**KEEP, "regex": r"(a)\1"}]}],
        r"has \1, which Prometheus' regular expressions (RE2) don't know",
    ),
    "a header of Prometheus' own": (
        [{"url": URL, "headers": {"User-Agent": "me"}}],
        [{"url": URL, "headers": {"User-Agent": "me"}}],
        "remoteWrite[0].headers: header User-Agent is Prometheus' own",
    ),
    "a port that is none": (
        [{"url": "https://mimir.example:push"}],
        [{"url": "https://mimir.example:push"}],
        "remoteWrite[0].url: 'https://mimir.example:push' is not a URL: write https://host/path",
    ),
    "half a bracket": ([{"url": "https://[::1/push"}], [{"url": "https://[::1/push"}], "is not a URL"),
    "a torn escape": ([{"url": f"{URL}/%zz"}], [{"url": f"{URL}/%zz"}], "is not a URL"),
    "no host": ([{"url": "https:///push"}], None, "is not a URL"),
    "a password in the URL": (
        [{"url": "https://me:hush@mimir.example"}],
        None,
        "remoteWrite[0].url: a URL holds no user or password: name them in username and passwordSecret, or in tokenSecret",
    ),
}


def told(entries: Entries) -> UsageProblem:
    with pytest.raises(UsageProblem) as raised:
        load(env={}, overrides={"remoteWrite": entries}, cwd=Path("/nowhere"))
    return raised.value


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_work_is_refused(case: str) -> None:
    written, _, said = REFUSED[case]
    assert said in told(written).message
    assert "hush" not in told(written).message


@pytest.mark.parametrize("case", [case for case, (_, given, _) in REFUSED.items() if given])
def test_prometheus_would_refuse_it(case: str, promtool: Promtool, tmp_path: Path) -> None:
    file = tmp_path / "prometheus.yml"
    file.write_text(json.dumps({"remote_write": REFUSED[case][1]}))
    assert promtool("check", "config", "--syntax-only", file).returncode != 0


def test_what_can_work_is_taken_by_both(promtool: Promtool, tmp_path: Path) -> None:
    entries = [
        {"url": URL, "name": "a", "username": "me", "passwordSecret": PASSWORD, "keep": r"service:.+|up|\(?!"},
        {"url": "http://[::1]:9009/push?tenant=a%20b", "name": "b", "passwordSecret": PASSWORD, "keep": "[[:alpha:]]+"},
        {"url": URL, "tokenSecret": PASSWORD, "headers": {"X-Scope-OrgID": "a"}},
        {"url": URL},
    ]
    file = tmp_path / "prometheus.yml"
    file.write_text(json.dumps(configuration(render(settings(remoteWrite=entries)))))
    answer = promtool("check", "config", "--syntax-only", file)
    assert answer.returncode == 0, answer.stdout + answer.stderr

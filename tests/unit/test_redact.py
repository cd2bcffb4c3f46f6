"""What people are shown, and may paste into an issue, holds no secret."""

from typing import Any

import pytest

from obsdeploy.redact import COVERED, inline_secret, is_secret, redacted
from obsdeploy.yamltext import dump, parse


@pytest.mark.parametrize(
    "key",
    ["password", "adminPassword", "admin_password", "token", "bearerToken", "clientSecret", "client_secret", "apiKey",
     "secret_key", "smtp_auth_password", "slack_api_url", "GF_SECURITY_ADMIN_PASSWORD", "credentials", "routing_key",
     "smtp_auth_secret", "wechat_api_secret", "user_key", "DD-Application-Key", "token_id", "bottoken", "requirepass"],
)  # fmt: skip
def test_keys_that_hold_secrets(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize(
    "key",
    ["existingSecret", "passwordKey", "secretName", "password_file", "tokenSecret", "passwordSecret",
     "extraSecretMounts", "userKey", "url", "name", "keep", "bearer_token_file", "credentials_file",
     "tls.key", "key", "topologyKey", "password_key", "partition_key", "public_key", "tls_secret", "tokens", ""],
)  # fmt: skip
def test_keys_that_only_say_where_a_secret_is(key: str) -> None:
    assert not is_secret(key)


def test_a_secrets_data_is_covered_and_its_keys_are_not() -> None:
    secret = {"kind": "Secret", "metadata": {"name": "a"}, "data": {"password": "aHVzaA=="}, "stringData": {"x": "hush"}}
    assert redacted(secret) == {
        "kind": "Secret",
        "metadata": {"name": "a"},
        "data": {"password": COVERED},
        "stringData": {"x": COVERED},
    }


def test_values_environment_and_urls() -> None:
    data = {
        "adminPassword": "hush",
        "env": [{"name": "REDIS_PASSWORD", "value": "hush"}, {"name": "MODE", "value": "fast"}],
        "url": "https://user:hush@example.com/x",
        "admin": {"existingSecret": "obs-grafana-admin", "passwordKey": "admin-password"},
    }
    assert "hush" not in str(redacted(data))
    assert redacted(data)["env"][1] == {"name": "MODE", "value": "fast"}
    assert redacted(data)["admin"] == data["admin"]
    assert redacted(data)["url"] == f"https://{COVERED}@example.com/x"


def test_files_inside_config_maps() -> None:
    text = "global:\n  smtp_auth_password: hush\n  slack_api_url: 'https://hooks.example/T/hush'\nroute:\n  receiver: team\n"
    ini = "[security]\nadmin_password = hush\nsecret_key = ${__file:/etc/secret}\n"
    covered = redacted({"kind": "ConfigMap", "data": {"alertmanager.yml": text, "grafana.ini": ini}})["data"]
    assert "hush" not in str(covered)
    assert "receiver: team" in covered["alertmanager.yml"]
    assert "secret_key = ${__file:/etc/secret}" in covered["grafana.ini"]


def test_what_holds_no_secret_stays_as_it_is() -> None:
    data = {"a": [1, True, None, "text"], "automountServiceAccountToken": False, "password": ""}
    assert redacted(data) == data


ALERTMANAGER = """
global: {smtp_auth_secret: hush, slack_api_url: 'https://hooks.example/hush', slack_api_url_file: /kept}
receivers:
  - name: kept
    webhook_configs: [{url: "http://hook.example/hush", send_resolved: true}, {url_file: /kept}]
    pushover_configs:
      - user_key: hush
        token: |
          hush
          and hush
    slack_configs:
    - http_config: {authorization: {type: Bearer, credentials: hush}, proxy_url: "http://me:hush@kept"}
    - http_config: {authorization: {credentials_file: /kept}, basic_auth: {username: kept, password: &p 'hush'}}
    - http_config: {basic_auth: {username: kept, password: *p}}
"""
INI = """[security]
admin_password = {hush
auth_secret = [hush
user_key = >hush
password = |hush
token = \"\"\"hush
and hush\"\"\"
login_cookie_name = kept
"""
TORN = """kept: {{ kept }}
  password: |
    hush
    and hush
  kept: kept
list:
- token: [hush,
    hush]
  kept: kept
"""
HOLDING: dict[str, Any] = {
    "Grafana's datasource": {
        "jsonData": {"httpHeaderName1": "kept"},
        "secureJsonData": {
            "httpHeaderValue1": "Bearer hush",
            "tlsClientKey": "hush",
            "more": {"list": ["hush"]},
            "other": "$__file{/kept}",
        },
    },
    "Grafana's contact point": {"receivers": [{"type": "slack", "settings": {"url": "https://hush", "recipient": "kept"}}]},
    "Alertmanager's configuration": parse(ALERTMANAGER),
    "Alertmanager's file": ALERTMANAGER,
    "an ini file": INI,
    "a file that is no YAML": TORN,
    "JSON": '{"password": "hush", "list": [{"token": ["hush"]}], "kept": "kept"}',
    "JSON of a Secret": '{"kind": "Secret", "stringData": {"any": "hush"}, "kept": "kept"}',
    "a file in a file": 'grafana.ini: |\n  [a]\n  password = hush\n  kept = kept\nquoted: "password: hush\\nkept: kept\\n"\n',
    "a key that is there twice": "password: hush\npassword: hush\nkept: kept\n",
    "a private key": "kept: |\n  -----BEGIN RSA PRIVATE KEY-----\n  hush\n  -----END RSA PRIVATE KEY-----\n",
    "remote write": [
        {"url": "https://kept/push?token=hush&kept=kept&api_key=hush", "headers": {"X-Auth": "hush", "X-Org": "kept"}}
    ],
    "users in URLs": ["https://me:hush@hush@kept/kept", "redis://hush@kept"],
    "a command line": ["--password=hush and hush", "--token", "hush", "--kept=kept", "--password-file=/kept", "--pass=$(KEPT)"],
    "a shell's command line": ["sh", "-c", "run --password hush --kept kept; PGPASSWORD=$KEPT run"],
    "a list of variables": ["REDIS_PASSWORD=hush", "KEPT=kept"],
    "arguments by name": {"redis.password": "hush", "kept": "kept"},
    "parameters": {"token": ["hush"], "api_key": ["hush", ["hush"]], "module": ["kept"]},
    "Prometheus' headers": {"http_headers": {"X-Key": {"values": ["hush"], "files": ["/kept"]}, "Other": {"secrets": ["hush"]}}},
    "a probe's headers": {"httpHeaders": [{"name": "Cookie", "value": "hush"}, {"name": "kept", "value": "kept"}]},
}


@pytest.mark.parametrize("case", HOLDING)
def test_where_secrets_stand(case: str) -> None:
    data = HOLDING[case]
    shown = redacted(data)
    assert "hush" in str(data)
    assert "hush" not in str(shown)
    assert COVERED in str(shown)
    assert str(shown).count("kept") == str(data).count("kept")


@pytest.mark.parametrize("case", ["Alertmanager's file", "JSON", "a file in a file", "a private key"])
def test_a_covered_file_is_still_what_it_was(case: str) -> None:
    shown = redacted(HOLDING[case])
    assert parse(shown) == redacted(parse(HOLDING[case]))


def test_what_only_looks_like_a_secret_stays_as_it_is() -> None:
    data = {
        "passwordSecret": {"name": "redis", "key": "password"},
        "kafka": {"tls": {"secret": "kafka-tls", "key": "tls.key"}},
        "volumes": [{"secret": {"secretName": "a", "items": [{"key": "token", "path": "token"}]}}],
        "labels": {"my_key": "a"},
        "receivers": {"otlp": {"url": "http://a"}},
        "webhook": "http://hook.example/alerts?team=a",
        "expr": 'sum(rate(tokens_total{key="a"}[5m])) - on() token_failures',
        "command": ["run", "--token-file", "/etc/token", "--password=$(PASSWORD)"],
        "file": dump({"authorization": {"credentials_file": "/etc/a"}, "automountServiceAccountToken": False, "password": None}),
        "text": "Set --user and --password-file; a token\nis made by: the server\n",
    }
    assert redacted(data) == data


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"params": {"token": ["hush"]}}, "token"),
        ({"params": {"api_key": ["hush"]}}, "api_key"),
        ({"basic_auth": {"password": 12345}}, "password"),
        ({"http_headers": {"X-Key": {"values": ["hush"]}}}, "values"),
        (
            {
                "authorization": {"credentials_file": "/a"},
                "params": {"module": ["a"]},
                "static_configs": [{"labels": {"a_key": "b"}}],
            },
            None,
        ),
        ({"http_headers": {"X-Key": {"files": ["/a"]}}, "bearer_token": ""}, None),
    ],
)
def test_secrets_in_the_data_itself_are_found_in_lists_too(config: dict[str, Any], key: str | None) -> None:
    assert inline_secret(config) == key

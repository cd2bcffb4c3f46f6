"""What people are shown, and may paste into an issue, holds no secret."""

import pytest

from obsdeploy.redact import COVERED, is_secret, redacted


@pytest.mark.parametrize(
    "key",
    ["password", "adminPassword", "admin_password", "token", "bearerToken", "clientSecret", "client_secret", "apiKey",
     "secret_key", "smtp_auth_password", "slack_api_url", "GF_SECURITY_ADMIN_PASSWORD", "credentials", "routing_key"],
)  # fmt: skip
def test_keys_that_hold_secrets(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize(
    "key",
    ["existingSecret", "passwordKey", "secretName", "password_file", "tokenSecret", "passwordSecret",
     "extraSecretMounts", "userKey", "url", "name", "keep", "bearer_token_file", "credentials_file"],
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

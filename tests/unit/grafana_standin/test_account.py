"""Signing in, and the password that stays what the first start made it."""

import httpx

from tests.standin import PASSWORD, StandIn


def test_every_answer_says_that_it_is_a_stand_in(stand_in: StandIn) -> None:
    stand_in.start()
    stand_in.wait()
    for path, status in (("/api/health", 200), ("/api/org", 401), ("/login", 200), ("/metrics", 200), ("/", 302)):
        answer = httpx.get(stand_in.url + path, trust_env=False)
        assert (answer.status_code, answer.headers["x-grafana-stand-in"]) == (status, "true"), path


def test_nobody_and_a_wrong_password_are_told_apart(stand_in: StandIn) -> None:
    stand_in.start()
    stand_in.wait()
    nobody = httpx.get(f"{stand_in.url}/api/org", trust_env=False)
    assert (nobody.status_code, nobody.json()["message"]) == (401, "Unauthorized")
    with stand_in.client("wrong") as client:
        wrong = client.get("/api/org")
        assert (wrong.status_code, wrong.json()["messageId"]) == (401, "password-auth.failed")
        assert client.get("/api/health").status_code == 200


def test_a_session_by_form_lasts_over_a_restart_and_ends_by_signing_out(stand_in: StandIn) -> None:
    stand_in.start()
    stand_in.wait()
    with httpx.Client(base_url=stand_in.url, trust_env=False) as client:
        refused = client.post("/login", json={"user": "admin", "password": "wrong"})
        assert (refused.status_code, client.get("/api/user").status_code) == (401, 401)
        assert client.post("/login", json={"user": "admin", "password": PASSWORD}).json()["message"] == "Logged in"
        cookie = next(cookie for cookie in client.cookies.jar if cookie.name == "grafana_session")
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert client.get("/api/user").json()["login"] == "admin"
        stand_in.stop()
        stand_in.start()
        stand_in.wait()
        assert client.get("/api/user").status_code == 200
        assert client.get("/logout").headers["location"] == "/login"
        assert client.get("/api/user").status_code == 401


def test_the_volume_keeps_the_first_password(stand_in: StandIn) -> None:
    stand_in.start(GF_SECURITY_ADMIN_PASSWORD="from-the-first-secret")
    stand_in.wait()
    assert stand_in.stop() == 0
    stand_in.start(GF_SECURITY_ADMIN_PASSWORD="from-a-later-secret")
    stand_in.wait()
    with stand_in.client("from-a-later-secret") as locked_out, stand_in.client("from-the-first-secret") as client:
        assert locked_out.get("/api/org").status_code == 401
        assert client.get("/api/org").status_code == 200
        changed = client.put(
            "/api/user/password", json={"oldPassword": "from-the-first-secret", "newPassword": "from-a-later-secret"}
        )
        assert changed.json()["message"] == "User password changed"
        assert locked_out.get("/api/org").status_code == 200
        assert client.get("/api/org").status_code == 401


def test_a_password_from_a_file_and_another_name(stand_in: StandIn) -> None:
    secret = stand_in.home / "secret"
    secret.write_text("out-of-a-file\n")
    stand_in.start(GF_SECURITY_ADMIN_PASSWORD__FILE=str(secret), GF_SECURITY_ADMIN_USER="root")
    stand_in.wait()
    answer = httpx.get(f"{stand_in.url}/api/user", auth=("root", "out-of-a-file"), trust_env=False)
    assert answer.json()["login"] == "root"


def test_the_password_is_nowhere_in_clear(stand_in: StandIn) -> None:
    stand_in.start()
    stand_in.wait()
    with stand_in.client() as client:
        assert client.get("/api/org").status_code == 200
    stand_in.stop()
    assert PASSWORD not in stand_in.log
    assert PASSWORD.encode() not in (stand_in.home / "data/grafana-standin.db").read_bytes()

"""Settings: precedence, origins, and what is refused."""

from pathlib import Path

import pytest

from tenure.app import settings
from tenure.app.places import Certificate
from tenure.core.errors import TenureError


def home_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / "config.toml").write_text(text)
    return tmp_path


def test_defaults_are_local_and_need_nothing() -> None:
    found = settings.load({}, {})
    assert found.home == Path(".tenure")
    assert found.api.url == "http://127.0.0.1:8700"
    assert found.serving.url == "http://127.0.0.1:8701"
    assert found.workers == 2
    assert found.database_url.endswith("/.tenure/tenure.db")
    assert set(found.origins.values()) == {"default"}


def test_a_flag_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    home = home_with(tmp_path, "workers = 3\n[api]\nport = 9000\n[serving]\nport = 9001\n")
    env = {"TENURE_API_PORT": "9100", "TENURE_SERVING_PORT": "9101"}
    found = settings.load({"home": home, "api.port": 9200}, env)
    assert (found.api.port, found.serving.port, found.workers) == (9200, 9101, 3)
    assert found.origins["api.port"] == "flag --api-port"
    assert found.origins["serving.port"] == "environment TENURE_SERVING_PORT"
    assert found.origins["workers"] == str(home / "config.toml")


def test_a_certificate_comes_with_its_key_and_makes_addresses_secure(tmp_path: Path) -> None:
    for name in ("c.pem", "k.pem"):
        (tmp_path / name).write_text("")
    home = home_with(tmp_path, '[tls]\ncertificate = "c.pem"\nkey = "k.pem"\n')
    found = settings.load({"home": home}, {})
    assert found.api.url == "https://127.0.0.1:8700"
    assert found.serving.url == "https://127.0.0.1:8701"
    assert found.certificate == Certificate(home / "c.pem", home / "k.pem")
    for env in ({"TENURE_TLS_KEY": "nowhere.pem"}, {"TENURE_TLS_CERTIFICATE": "nowhere.pem"}):
        with pytest.raises(TenureError, match=r"tls\..* = 'nowhere.pem': there is no such file"):
            settings.load({"home": home}, env)
    with pytest.raises(TenureError, match=r"tls\.key is missing"):
        settings.load({}, {"TENURE_TLS_CERTIFICATE": str(home / "c.pem")})


def test_grpc_is_listened_on_where_a_port_is_given() -> None:
    assert settings.load({}, {}).serving.grpc is None
    found = settings.load({"serving.grpc_port": "8702"}, {})
    assert found.serving.grpc is not None
    assert found.serving.grpc.authority == "127.0.0.1:8702"
    assert list(found.listening) == ["api.port", "serving.port", "serving.grpc_port"]
    assert settings.load({}, found.environment()).serving == found.serving


def test_a_child_process_resolves_to_the_same_settings(tmp_path: Path) -> None:
    parent = settings.load({"home": tmp_path, "api.port": 9200, "workers": 5}, {})
    child = settings.load({}, parent.environment())
    assert child.home == parent.home
    assert (child.api, child.serving, child.workers) == (
        parent.api,
        parent.serving,
        parent.workers,
    )
    assert child.database_url == parent.database_url
    assert child.allowed_hosts == parent.allowed_hosts


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("wokers = 3", "settings.unknown_key", 'did you mean "workers"'),
        ("workers = 0", "settings.bad_value", "above 0"),
        ("workers = true", "settings.bad_value", "above 0"),
        ("[api]\nport = 70000", "settings.bad_value", "65535"),
        ("[api]\nhost = 3", "settings.bad_value", "text"),
        ("allowed_hosts = 3", "settings.bad_value", "list of names"),
        ('public = "maybe"', "settings.bad_value", "true or false"),
        ("workers = ", "settings.bad_file", "Invalid value"),
        ('key = "tnr_x"', "settings.unknown_key", "known:"),
        ('[api]\nhost = "0.0.0.0"', "settings.public_address", "public = true"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(
    tmp_path: Path, text: str, code: str, words: str
) -> None:
    home = home_with(tmp_path, text)
    with pytest.raises(TenureError) as caught:
        settings.load({"home": home}, {})
    assert caught.value.code == code
    assert words in str(caught.value)
    assert "config.toml" in caught.value.where


def test_the_whole_network_is_answered_only_on_purpose(tmp_path: Path) -> None:
    home = home_with(tmp_path, 'public = true\n[api]\nhost = "0.0.0.0"')
    assert settings.load({"home": home}, {}).api.url == "http://127.0.0.1:8700"


def test_what_is_shown_holds_no_secret() -> None:
    env = {"TENURE_KEY": "tnr_a_b", "TENURE_DATABASE_URL": "postgresql://me:pw@db/tenure"}
    shown = {row["name"]: row for row in settings.load({}, env).shown()}
    assert shown["key"]["value"] == "…"
    assert shown["database_url"]["value"] == "postgresql://me:…@db/tenure"
    assert shown["api.port"] == {"name": "api.port", "value": "8700", "origin": "default"}


def test_an_access_log_is_off_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert settings.load({}, {}).serving.access_log == "off"
    home = home_with(
        tmp_path,
        '[serving]\naccess_log = "logs/s.jsonl"\naccess_share = 0\n[api]\naccess_log = "stdout"',
    )
    found = settings.load({"home": home}, {"TENURE_API_ACCESS_SHARE": "0.25"})
    assert (found.serving.access_log, found.serving.access_share) == ("logs/s.jsonl", 0.0)
    assert (found.api.access_log, found.api.access_share) == ("stdout", 0.25)
    assert settings.load({}, found.environment()).serving == found.serving
    for wrong in ("1.5", "-1", "nan", "much"):
        with pytest.raises(TenureError) as caught:
            settings.load({"home": home}, {"TENURE_SERVING_ACCESS_SHARE": wrong})
        assert caught.value.code == "settings.bad_value"


def test_who_may_look_up_where_is_a_list_that_children_inherit(tmp_path: Path) -> None:
    home = home_with(tmp_path, 'lookups = ["acme=env:P", "beta=env:SHARED beta:"]\n')
    found = settings.load({"home": home}, {})
    assert [str(one) for one in found.lookups] == ["acme=env:P", "beta=env:SHARED beta:"]
    assert settings.load({}, found.environment()).lookups == found.lookups
    assert settings.load({}, {}).lookups == ()
    with pytest.raises(TenureError, match=r"settings\.bad_value"):
        settings.load({}, {"TENURE_LOOKUPS": "acme"})


def test_who_signs_in_and_who_is_trusted_is_written_in_lines_that_children_inherit(
    tmp_path: Path,
) -> None:
    home = home_with(
        tmp_path,
        '[sign_in]\nissuer = "https://login.example/"\nclient_id = "tenure"\n'
        'roles = ["DL/approver=risk office", "_/auditor=audit"]\nsession = "1h"\n'
        'trust = ["DL/developer iss=https://ci.example aud=tenure ref=refs/tags/* only=read"]\n',
    )
    found = settings.load({"home": home}, {})
    who = found.sign_in.identities
    assert (who.people.issuer, who.people.session.seconds) == ("https://login.example", 3600)
    assert [str(one) for one in who.people.roles] == ["DL/approver=risk office", "_/auditor=audit"]
    assert who.workloads[0].claims == (("ref", "refs/tags/*"),)
    assert settings.load({}, found.environment()).sign_in == found.sign_in
    for name, wrong in (
        ("ISSUER", "http://login.example"),
        ("ROLES", "DL/owner=x"),
        ("TRUST", "DL/viewer iss=https://ci aud=x"),
        ("SESSION", "off"),
    ):
        with pytest.raises(TenureError, match=r"settings\.bad_value"):
            settings.load({}, {f"TENURE_SIGN_IN_{name}": wrong})

"""Stand-ins for WeCom, DingTalk and Feishu: what their documentation says of signing in, over a real socket."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import flask
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

APP, SECRET = "app-1", "the app's secret"
CODE = "code-1"
Answer = dict[str, Any] | tuple[dict[str, Any], int]


@dataclass
class Office:
    """One office: who comes (its own words for him), or whether he is of another company; `error` is what it answers instead."""

    address: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    is_outsider: bool = False
    error: Answer | None = None
    seen: list[str] = field(default_factory=list)


def _page(code: str, *names: str) -> Callable[[Office], Response]:
    """The page where one signs in: it comes back with a code, under the office's own name."""

    def view(_office: Office) -> Response:
        asked = flask.request.args
        assert all(asked.get(name) for name in (*names, "redirect_uri", "state")), asked
        return flask.redirect(f"{asked['redirect_uri']}?{code}={CODE}&state={asked['state']}")

    return view


def _wecom_token(_office: Office) -> Answer:
    if flask.request.args.to_dict() != {"corpid": APP, "corpsecret": SECRET}:
        return {"errcode": 40013, "errmsg": "invalid corpid"}
    return {"errcode": 0, "errmsg": "ok", "access_token": "wecom-token", "expires_in": 7200}


def _wecom_who(office: Office) -> Answer:
    if flask.request.args.to_dict() != {"access_token": "wecom-token", "code": CODE}:
        return {"errcode": 40029, "errmsg": "invalid code"}
    told = {"openid": "o-1"} if office.is_outsider else {"userid": office.person["userid"], "user_ticket": "t"}
    return {"errcode": 0, "errmsg": "ok", **told}


def _wecom_person(office: Office) -> Answer:
    assert flask.request.args.to_dict() == {"access_token": "wecom-token", "userid": office.person["userid"]}
    return {"errcode": 0, "errmsg": "ok", **office.person}


def _dingtalk_user_token(_office: Office) -> Answer:
    asked = {"clientId": APP, "clientSecret": SECRET, "code": CODE, "grantType": "authorization_code"}
    if flask.request.get_json() != asked:
        return {"code": "invalidParameter.authCode.notFound", "requestid": "r", "message": "不存在的临时授权码"}, 400
    return {"expireIn": 7200, "accessToken": "own-token", "refreshToken": "r", "corpId": "c"}


def _dingtalk_me(office: Office) -> Answer:
    assert flask.request.headers["x-acs-dingtalk-access-token"] == "own-token"
    return {"openId": "o", "unionId": "u-1", **{name: value for name, value in office.person.items() if name != "userid"}}


def _dingtalk_token(_office: Office) -> Answer:
    if flask.request.args.to_dict() != {"appkey": APP, "appsecret": SECRET}:
        return {"errcode": 40089, "errmsg": "不合法的appKey或appSecret"}
    return {"errcode": 0, "errmsg": "ok", "access_token": "app-token", "expires_in": 7200}


def _dingtalk_by_union(office: Office) -> Answer:
    assert flask.request.args["access_token"] == "app-token" and flask.request.get_json() == {"unionid": "u-1"}
    if office.is_outsider:
        return {"errcode": 60121, "errmsg": "找不到该用户", "request_id": "r"}
    return {"errcode": 0, "errmsg": "ok", "result": {"contact_type": 0, "userid": office.person["userid"]}, "request_id": "r"}


def _feishu_token(_office: Office) -> Answer:
    asked = flask.request.get_json()
    assert asked.pop("redirect_uri").endswith("/back")
    if asked != {"grant_type": "authorization_code", "client_id": APP, "client_secret": SECRET, "code": CODE}:
        return {"code": 20003, "error": "invalid_grant", "error_description": "The code is not found"}, 400
    return {"code": 0, "access_token": "feishu-token", "expires_in": 7200, "token_type": "Bearer", "scope": ""}


def _feishu_application(_office: Office) -> Answer:
    if flask.request.get_json() != {"app_id": APP, "app_secret": SECRET}:
        return {"code": 10014, "msg": "app secret invalid"}
    return {"code": 0, "msg": "ok", "app_access_token": "app-token", "tenant_access_token": "t", "expire": 7200}


def _feishu_who(office: Office) -> Answer:
    assert flask.request.headers["Authorization"] == "Bearer feishu-token"
    return {"code": 0, "msg": "success", "data": {"open_id": "ou_1", "union_id": "on_1", "tenant_key": "t", **office.person}}


VIEWS: dict[str, Callable[[Office], Any]] = {
    "/wwlogin/sso/login": _page("code", "login_type", "appid", "agentid"),
    "/cgi-bin/gettoken": _wecom_token,
    "/cgi-bin/auth/getuserinfo": _wecom_who,
    "/cgi-bin/user/get": _wecom_person,
    "/oauth2/auth": _page("authCode", "client_id", "response_type", "scope", "prompt"),
    "/v1.0/oauth2/userAccessToken": _dingtalk_user_token,
    "/v1.0/contact/users/me": _dingtalk_me,
    "/gettoken": _dingtalk_token,
    "/topapi/user/getbyunionid": _dingtalk_by_union,
    "/open-apis/authen/v1/authorize": _page("code", "client_id", "response_type"),
    "/open-apis/authen/v2/oauth/token": _feishu_token,
    "/open-apis/authen/v1/user_info": _feishu_who,
    "/open-apis/auth/v3/app_access_token/internal": _feishu_application,
}

PAGES = ("/wwlogin/sso/login", "/oauth2/auth", "/open-apis/authen/v1/authorize")


@contextlib.contextmanager
def running() -> Iterator[Office]:
    """All three on one port, until the test is over."""
    office, app = Office(), flask.Flask("office")

    def bound(view: Callable[[Office], Any]) -> Callable[[], Any]:
        return lambda: office.error if office.error and flask.request.path not in PAGES else view(office)

    for path, view in VIEWS.items():
        app.add_url_rule(path, path.strip("/").replace(".", "_"), bound(view), methods=["GET", "POST"])
    app.before_request(lambda: office.seen.append(flask.request.path))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    office.address = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield office
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""Signing in by WeCom, DingTalk and Feishu: a page of theirs, a code, who that is. Each speaks a dialect of OAuth 2 of its own.

WeCom: wwlogin/sso/login, cgi-bin/gettoken, cgi-bin/auth/getuserinfo, cgi-bin/user/get. DingTalk: oauth2/auth,
v1.0/oauth2/userAccessToken, v1.0/contact/users/me, gettoken,
topapi/user/getbyunionid. Feishu: authen/v1/authorize,
authen/v2/oauth/token, authen/v1/user_info,
auth/v3/app_access_token/internal. Their developers' documentation is the source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from engine import errors
from engine.signing_in import declared
from engine.signing_in.providers import Provider
from engine.signing_in.states import Begun
from engine.signing_in.ways import calls

REFUSED = "%(provider)s did not let you in (code %(code)s)."
OUTSIDE = "%(provider)s does not know you as somebody of this company."
Claims = dict[str, Any]


def address(provider: Provider, begun: Begun, back: str) -> str:
    """Where the browser is sent to sign in there."""
    path, named = _PAGES[provider.kind](provider)
    return f"{provider.setting('pages').rstrip('/')}{path}?{urlencode({**named, 'redirect_uri': back, 'state': begun.state})}"


def claims(provider: Provider, begun: Begun, back: str, answer: Mapping[str, str], *, seconds: float) -> Claims:
    """What the office says of who signed in. Raises Forbidden when it refuses, Unavailable when it does not answer."""
    code = answer.get("authCode") or answer.get("code")
    if not code:
        raise errors.Forbidden(REFUSED, provider=provider.name, code=(answer.get("error") or "?")[:40])
    return _ASKED[provider.kind](_Office(provider, seconds), code, back)


def attempt(provider: Provider, *, seconds: float) -> None:
    """Asks for the application's own token, for which its id and secret must be right. Raises Forbidden, Unavailable."""
    _APPLICATIONS[provider.kind](_Office(provider, seconds))


class _Office:
    """One office being asked, within limits of time; its errors become refusals."""

    def __init__(self, provider: Provider, seconds: float) -> None:
        self.provider, self.seconds = provider, seconds
        self.id, self.secret = str(provider.setting("client_id")), provider.secret

    def ask(self, method: str, path: str, base: str = "api", **sent: Any) -> dict[str, Any]:
        """The answer of an address of the office. Raises Forbidden for an error code."""
        address = f"{self.provider.setting(base).rstrip('/')}{path}"
        answer = calls.json_of(self.provider.name, method, address, seconds=self.seconds, **sent)
        code = answer.get("errcode", answer.get("code", 0))
        if code not in (0, "0"):
            raise errors.Forbidden(REFUSED, provider=self.provider.name, code=str(code)[:40])
        return answer

    def text(self, answer: Mapping[str, Any], name: str) -> str:
        """What the answer must hold. Raises Unavailable without it."""
        value = answer.get(name)
        if not isinstance(value, str) or not value:
            raise errors.Unavailable(calls.NOT_UNDERSTOOD, provider=self.provider.name)
        return value


def _wecom(office: _Office, code: str, _back: str) -> Claims:
    token = _wecom_application(office)
    who = office.ask("GET", "/cgi-bin/auth/getuserinfo", params={"access_token": token, "code": code})
    userid = who.get("userid") or who.get("UserId")
    if not userid:  # somebody of another company is told by openid alone
        raise errors.Forbidden(OUTSIDE, provider=office.provider.name)
    if not _needs_more(office.provider):
        return {"userid": userid}
    return {**office.ask("GET", "/cgi-bin/user/get", params={"access_token": token, "userid": userid}), "userid": userid}


def _needs_more(provider: Provider) -> bool:
    """Whether a person is found or entered by more than the user id: not every application may read the rest."""
    return bool(provider.setting("creates")) or provider.setting(f"from_{provider.setting('matches')}") != "userid"


def _dingtalk(office: _Office, code: str, _back: str) -> Claims:
    sent = {"clientId": office.id, "clientSecret": office.secret, "code": code, "grantType": "authorization_code"}
    own = office.text(office.ask("POST", "/v1.0/oauth2/userAccessToken", json=sent), "accessToken")
    me = office.ask("GET", "/v1.0/contact/users/me", headers={"x-acs-dingtalk-access-token": own})
    union = office.text(me, "unionId")
    token = _dingtalk_application(office)
    user = _called(office, "/topapi/user/getbyunionid", token, {"unionid": union})
    return {**me, "userid": office.text(user, "userid")}


def _called(office: _Office, path: str, token: str, sent: dict[str, str]) -> Mapping[str, Any]:
    """DingTalk's older interface wraps its answers; 60121 is somebody who is not of this company."""
    try:
        result = office.ask("POST", path, "old_api", params={"access_token": token}, json=sent).get("result")
    except errors.Forbidden as refusal:
        if refusal.values.get("code") == "60121":
            raise errors.Forbidden(OUTSIDE, provider=office.provider.name) from refusal
        raise
    return result if isinstance(result, dict) else {}


def _feishu(office: _Office, code: str, back: str) -> Claims:
    sent = {
        "grant_type": "authorization_code",
        "client_id": office.id,
        "client_secret": office.secret,
        "code": code,
        "redirect_uri": back,
    }
    token = office.text(office.ask("POST", "/open-apis/authen/v2/oauth/token", json=sent), "access_token")
    head = {"Authorization": f"Bearer {token}"}
    told = office.ask("GET", "/open-apis/authen/v1/user_info", headers=head).get("data")
    if not isinstance(told, dict):
        raise errors.Unavailable(calls.NOT_UNDERSTOOD, provider=office.provider.name)
    return told


def _wecom_application(office: _Office) -> str:
    known = {"corpid": office.id, "corpsecret": office.secret}
    return office.text(office.ask("GET", "/cgi-bin/gettoken", params=known), "access_token")


def _dingtalk_application(office: _Office) -> str:
    app = {"appkey": office.id, "appsecret": office.secret}
    return office.text(office.ask("GET", "/gettoken", "old_api", params=app), "access_token")


def _feishu_application(office: _Office) -> str:
    app = {"app_id": office.id, "app_secret": office.secret}
    return office.text(office.ask("POST", "/open-apis/auth/v3/app_access_token/internal", json=app), "app_access_token")


_PAGES: dict[str, Callable[[Provider], tuple[str, dict[str, str]]]] = {
    declared.WECOM: lambda provider: (
        "/wwlogin/sso/login",
        {"login_type": "CorpApp", "appid": provider.setting("client_id"), "agentid": provider.setting("agent_id")},
    ),
    declared.DINGTALK: lambda provider: (
        "/oauth2/auth",
        {"client_id": provider.setting("client_id"), "response_type": "code", "scope": "openid", "prompt": "consent"},
    ),
    declared.FEISHU: lambda provider: (
        "/open-apis/authen/v1/authorize",
        {"client_id": provider.setting("client_id"), "response_type": "code"},
    ),
}
_ASKED: dict[str, Callable[[_Office, str, str], Claims]] = {
    declared.WECOM: _wecom,
    declared.DINGTALK: _dingtalk,
    declared.FEISHU: _feishu,
}
_APPLICATIONS: dict[str, Callable[[_Office], str]] = {
    declared.WECOM: _wecom_application,
    declared.DINGTALK: _dingtalk_application,
    declared.FEISHU: _feishu_application,
}

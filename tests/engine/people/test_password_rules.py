"""What is guessed first is refused as a password; what takes a guesser long is taken."""

from __future__ import annotations

import pytest

from engine.people.credentials import password_rules

PERSONAL = ("ouyang_lin", "欧阳琳", "映山红广告公司", "advertising", "ouyang.lin")


@pytest.mark.parametrize(
    "password",
    [
        *("12345678", "123456789", "87654321", "password", "Password1", "P@ssw0rd", "passw0rd!", "aaaaaaaa", "aaaabbbb"),
        *(
            "a123456789",
            "qwe123456",
            "woaini1314",
            "woaini520",
            "5201314520",
            "1qaz2wsx",
            "qwertyuiop",
            "asdfghjkl",
            "abc12345",
        ),
        *(
            "abcd1234",
            "admin123",
            "Admin@2026",
            "iloveyou",
            "letmein1",
            "88888888",
            "11223344",
            "abcabcabc",
            "1q2w3e4r",
            "zxcvbnm1",
        ),
        *(
            "147258369",
            "password2026",
            "welcome1",
            "sunshine",
            "qq123456",
            "ｐａｓｓｗｏｒｄ",
            "１２３４５６７８",
            "q1w2e3r4",
            "password password",
        ),
        *("banjie-demo", "banjie2026", "huawei123", "china2008", "aa123456", "123456abc", "qazwsxedc"),
    ],
)
def test_a_common_password_is_refused(password: str) -> None:
    found = password_rules.fault(password)
    assert found is not None and found.text == password_rules.COMMON


@pytest.mark.parametrize(
    "password", ["ouyang_lin", "OuyangLin123", "ouyang.lin2026", "ouyang88", "advertising1", "映山红广告公司2026"]
)
def test_a_password_made_of_a_name_is_refused(password: str) -> None:
    found = password_rules.fault(password, PERSONAL)
    assert found is not None and found.text == password_rules.PERSONAL
    assert password_rules.fault(password, ("somebody", "别人")) is None


@pytest.mark.parametrize(
    "password",
    [
        *(
            "correct horse battery",
            "a longer secret",
            "a new password",
            "Tr0ub4dor&3x",
            "雨后的月台上没有人",
            "kv8#mWq2!x",
            "9fJ2k-LpQ7z",
        ),
        *("ouyanglin likes green tea", "blue-kettle-47-forest", "梨花院落溶溶月柳絮池塘"),
    ],
)
def test_a_password_that_holds_more_is_taken(password: str) -> None:
    assert password_rules.fault(password, PERSONAL) is None


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_the_length_is_told_first(password: str) -> None:
    found = password_rules.fault(password)
    assert found is not None and found.text == password_rules.LENGTH


def test_looking_at_the_longest_password_ends() -> None:
    for password in ("ab" * 100, "qwerty" * 33, "a1" * 99 + "xy", "0123456789" * 20):
        assert password_rules.fault(password) is not None

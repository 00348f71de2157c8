"""Whether the folder's files or the pages had the last word: three-way comparison of file, database and what the file said last."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.storage import keys, models

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """Something that the database holds otherwise than the folder, changed by a page or by both.

    `fields` are the names of what differs; none for a thing that the folder no longer names. `is_replaced` tells
    whether the folder's was taken all the same; `note` says in a sentence what the thing is or holds.
    """

    kind: str
    name: str
    fields: tuple[str, ...] = ()
    is_replaced: bool = False
    note: str = ""

    def __str__(self) -> str:
        what = f"{', '.join(self.fields)} differ in the database" if self.fields else "no longer named in the folder"
        done = "the folder's is taken" if self.is_replaced else "left as it is"
        if not self.fields:
            done = "taken away" if self.is_replaced else "left as it is"
        return f"{self.kind} {self.name}: {what}; {done}{f' ({self.note})' if self.note else ''}"


@dataclass
class Folder:
    """One deployment of a company's folder. `replace`: what pages changed is overwritten instead of left.

    `source` names the folder among others that describe the same company: what it says as it did before is no news, though
    another one was taken since. `differences` are what was found, in order.
    """

    session: Session
    company_id: str
    replace: bool = False
    source: str = ""
    differences: list[Difference] = field(default_factory=list)
    _entries: dict[str, dict[str, models.FolderEntry]] = field(default_factory=dict)

    def take(self, kind: str, name: str, said: Fields, stored: Fields | None, *, since: Fields | None = None) -> dict[str, Any]:
        """Those fields of `said` (by the folder) that are to be stored now.

        A field is taken when the database still holds what the folder said last, or holds nothing of that name.
        What a page changed since is noted as a difference and, without `replace`, left. `stored` is what the database
        holds, None for nothing; `since` is what the folder said last where that was never recorded.
        """
        said, stored = _exact(said), None if stored is None else _exact(stored)
        entry = self.entries(kind).get(name)
        before = entry.said if entry is not None else _exact(since) if since is not None else None
        different = [each for each in said if stored is None or stored.get(each) != said[each]]
        own = self._own(kind, name)
        foreign = [each for each in different if _is_foreign(each, stored, before) or (each in own and own[each] == said[each])]
        if foreign:
            self.differences.append(Difference(kind, name, tuple(foreign), self.replace))
        left = set() if self.replace else set(foreign)
        if before is not None or not left:
            self._record(kind, name, {each: (before or {}).get(each) if each in left else said[each] for each in said})
        self._record_own(kind, name, {**own, **{each: said[each] for each in said if each not in left}})
        return {each: said[each] for each in different if each not in left}

    def dropped(self, kind: str, named: Collection[str]) -> list[str]:
        """What the folder named once and no longer does; whoever asks notes it with `note_dropped`."""
        return [name for name in self.entries(kind) if name not in named]

    def note_dropped(
        self, kind: str, name: str, stored: Fields, *, after: Fields | None = None, note: str = "", can_go: bool = True
    ) -> bool:
        """Notes what the folder no longer names, and tells whether to take it away: only with `replace`.

        `after` is what is there then, if anything: the folder may name it again some day.
        """
        is_taken = self.replace and can_go
        self.differences.append(Difference(kind, name, (), is_taken, note))
        if is_taken:
            self._record_own(kind, name, _exact(after or {}))
        if is_taken and after is None:
            self._forget(kind, name)
        elif is_taken or name not in self.entries(kind):
            self._record(kind, name, _exact(after if is_taken else stored))
        return is_taken

    def knows(self, kinds: Iterable[str]) -> bool:
        """Whether anything of these kinds was recorded before."""
        return any(self.entries(kind) for kind in kinds)

    def entries(self, kind: str) -> dict[str, models.FolderEntry]:
        """What was recorded of a kind, by name; one statement for each kind."""
        if kind not in self._entries:
            row = models.FolderEntry
            mine = select(row).where(row.company_id == self.company_id, row.kind == kind).order_by(row.key)
            self._entries[kind] = {each.name: each for each in self.session.execute(mine).scalars()}
        return self._entries[kind]

    def _own(self, kind: str, name: str) -> Fields:
        """What this very folder said of a thing when it was taken last."""
        entry = self.entries(self._of_source(kind)).get(name) if self.source else None
        return entry.said if entry is not None else {}

    def _record_own(self, kind: str, name: str, said: Fields) -> None:
        if self.source:
            self._record(self._of_source(kind), name, dict(said))

    def _of_source(self, kind: str) -> str:
        return f"{kind}@{self.source}"

    def _record(self, kind: str, name: str, said: dict[str, Any]) -> None:
        entry = self.entries(kind).get(name)
        if entry is None:
            entry = models.FolderEntry(key=keys.new(), company_id=self.company_id, kind=kind, name=name, said=said)
            self.session.add(entry)
            self.entries(kind)[name] = entry
        elif entry.said != said:
            entry.said = said

    def _forget(self, kind: str, name: str) -> None:
        entry = self.entries(kind).pop(name, None)
        if entry is not None and entry in self.session.new:
            self.session.expunge(entry)
        elif entry is not None:
            self.session.delete(entry)


def digest(*parts: bytes) -> str:
    """One digest of several contents, each told from the next by its length."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(len(part).to_bytes(8, "big") + part)
    return sha.hexdigest()


def canonical(value: Any) -> bytes:
    """A value as the same bytes, whether it comes from a file or from the database."""
    return models.dumps(_sorted(_exact(value))).encode()


def _is_foreign(name: str, stored: Fields | None, before: Fields | None) -> bool:
    """Whether a field that differs was changed by somebody else; one that was never recorded of a known thing was not."""
    if stored is None:
        return before is not None
    return before is None or before.get(name, stored.get(name)) != stored.get(name)


def _exact(value: Any) -> Any:
    """As it is read back from the database: fractions are decimals, tuples lists."""
    return models.loads(models.dumps(value))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value

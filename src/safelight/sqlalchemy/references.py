"""Who refers to what: with each flush, and each bulk update or delete, the ledger's references of the rows concerned
are compared with what these rows name now, in one transaction with them.

Both sides are asked of the database, on the session's own connection and after it was written: another process may have
changed a row since this session loaded it, and what an expression, a default or a trigger came to only the database
knows. A row that is gone names nothing. A key that moved is a reference that goes and one that comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, MetaData, Table, select, tuple_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstanceState, Mapper, ORMExecuteState, Session
from sqlalchemy.sql import ClauseElement, Delete, Update

from safelight.contention import was_undone
from safelight.errors import ConfigurationError, UnknownKey
from safelight.keys import is_ours
from safelight.ledger import followed, settle
from safelight.protocols import Entry

from .columns import Identity, columns, holder, named, row
from .ledger import SqlLedger
from .stored import LISTENING
from .types import NamesFiles, UploadKey

_BATCH = 500
_MOST = 30_000  # PostgreSQL takes twice as many, and the statement has its own
Rows = Mapping[Table, set[Identity]]


def after_flush(session: Session, ledger: SqlLedger, metadata: MetaData, flushed: Any) -> None:
    """`flushed` is what was written; a session's ``new``, ``dirty`` and ``deleted`` know no orphans."""
    touched: dict[Table, set[Identity]] = defaultdict(set)
    for state, (is_deleted, only_listed) in flushed.states.items():
        if only_listed:
            continue
        for table in _tables(state.mapper):
            if is_deleted or _is_changed(state, table):
                _require_listener(session, table)
                if table.metadata is metadata:
                    touched[table] |= _identities(state)
    compare(ledger, touched)


def execute(statement: ORMExecuteState, ledger: SqlLedger, metadata: MetaData) -> Any:
    """A bulk update or delete of mapped rows. Which rows it concerns is found out before it changes them, and it
    changes no others: of a row that came in between, the ledger would not be told."""
    mapper, dml = statement.bind_mapper, statement.statement
    if mapper is None or not isinstance(dml, Update | Delete):
        return None
    session, tables = statement.session, _tables(mapper)
    if isinstance(dml, Delete) or not _many(statement):  # an update by primary keys writes to a parent's table, too
        tables = [table for table in tables if table is mapper.local_table]
    if isinstance(dml, Update):
        assigned = _assigned(statement, dml)
        tables = [table for table in tables if _names_files(assigned, mapper, table)]
    if not tables:
        return None
    connection = session.connection(dict(statement.bind_arguments))  # in a transaction from here on
    for table in tables:
        _require_listener(session, table)
    ours = [table for table in tables if table.metadata is metadata]
    if not ours:
        return None
    is_alone = connection.dialect.name == "sqlite"
    if is_alone:
        ledger.touch()  # Python's driver begins no transaction for a savepoint, whose end would be a commit
    if statement.execution_options.get("autoflush", True):
        session._autoflush()  # the statement would do it, too late: rows may only be concerned by what is written now
    touched = {table: _concerned(statement, dml, mapper, table, connection) for table in ours}
    if not is_alone and not _many(statement):
        dml = _restricted(dml, mapper, touched)
    with _all_or_nothing(connection):
        result = statement.invoke_statement(dml)
        if dml.returning_column_descriptions:
            result = result.freeze()()  # its rows are read before anything else is asked of the connection
        compare(ledger, touched)
    return result


@contextmanager
def _all_or_nothing(connection: Connection) -> Iterator[None]:
    """Whoever handles a refusal and commits must not commit what was refused."""
    savepoint = connection.begin_nested()
    try:
        yield
    except BaseException as error:
        try:
            savepoint.rollback()
        except DBAPIError:  # MySQL undoes the savepoint, too: by its error nobody would know that of a deadlock
            if not was_undone(error):
                raise
        raise
    savepoint.commit()


def compare(ledger: SqlLedger, touched: Rows) -> None:
    """Settle what these rows, which may be gone, name now. In a transaction in which they are written, or locked."""
    held: set[Entry] = set()
    names: set[Entry] = set()
    for table, identities in touched.items():
        ordered, fields = sorted(identities, key=repr), {column.name for column, _ in columns(table)}
        for at in range(0, len(ordered), _BATCH):
            batch = ordered[at : at + _BATCH]
            with ledger.where.joined() as connection:
                there, found = named(connection, table, batch)
            names |= found
            for key, place in ledger.held_by(holder(table), [row(identity) for identity in batch]):
                # A column that was an UploadKey once still names what it named.
                if place.row not in there or place.field in fields:
                    held.add((key, place))
    settle(ledger, held, followed(ledger, names))


def _tables(mapper: Mapper[Any]) -> list[Table]:
    """Those of a mapper that have columns which name files. A joined child's rows have its parent's identity."""
    return [table for table in mapper.tables if isinstance(table, Table) and columns(table)]


def _attributes(mapper: Mapper[Any], table: Table) -> Iterator[tuple[str, NamesFiles]]:
    for prop in mapper.column_attrs:
        kind = prop.columns[0].type
        if prop.columns[0].table is table and isinstance(kind, NamesFiles):
            yield prop.key, kind


def _is_changed(state: InstanceState[Any], table: Table) -> bool:
    """Whether this flush has written what may name another file, or the row's own name."""
    changed = not state.has_identity or len(_identities(state)) > 1
    for name, kind in _attributes(state.mapper, table):
        history = state.attrs[name].history
        _refuse_foreign(kind, history.added or ())
        # What is expired now may have been an expression.
        changed = changed or history.has_changes() or name in state.expired_attributes
    return changed


def _identities(state: InstanceState[Any]) -> set[Identity]:
    """What the row was called, and what it is called now."""
    new = state.mapper.primary_key_from_instance(state.obj())
    return {tuple(identity) for identity in (state.identity, new) if identity is not None}


def _assigned(statement: ORMExecuteState, dml: Update) -> dict[str, list[Any]]:
    """The values that an update writes, by the name of the attribute or column."""
    assigned: dict[str, list[Any]] = defaultdict(list)
    each = _each(statement)
    for name, value in [*(dml._values or {}).items(), *(getattr(dml, "_ordered_values", None) or ())]:
        bound = isinstance(value, BindParameter)
        values = [given.get(value.key, value.value) for given in each] if bound else [value]
        assigned[getattr(name, "key", name)] += values
    for given in each:
        for name, value in given.items():
            assigned[name].append(value)
    return assigned


def _names_files(assigned: Mapping[str, list[Any]], mapper: Mapper[Any], table: Table) -> bool:
    found = False
    for name, kind in _attributes(mapper, table):
        for key in {name, mapper.attrs[name].columns[0].key} & assigned.keys():
            _refuse_foreign(kind, assigned[key])
            found = True
    return found


def _concerned(
    statement: ORMExecuteState, dml: Update | Delete, mapper: Mapper[Any], table: Table, connection: Connection
) -> set[Identity]:
    names = [mapper.get_property_by_column(column).key for column in table.primary_key]
    by_key = [given for given in _many(statement) if given.keys() >= set(names)]
    if by_key or (_many(statement) and dml.whereclause is None):  # an update of rows by their primary keys
        return {tuple(given[name] for name in names) for given in by_key}
    query = select(*table.primary_key).with_for_update(of=table)
    if dml.whereclause is not None:
        query = query.where(dml.whereclause)
    return {tuple(identity) for given in _each(statement) for identity in connection.execute(query, given)}


def _restricted(dml: Update | Delete, mapper: Mapper[Any], touched: Rows) -> Update | Delete:
    """To the rows that were found, and are locked; unless there are more of them than databases take parameters."""
    for table, identities in touched.items():
        names = [mapper.get_property_by_column(column).class_attribute for column in table.primary_key]
        if len(identities) * len(names) <= _MOST:
            among = tuple_(*names).in_(identities) if len(names) > 1 else names[0].in_(key for (key,) in identities)
            dml = dml.where(among)
    return dml


def _many(statement: ORMExecuteState) -> list[dict[str, Any]]:
    return statement.parameters if isinstance(statement.parameters, list) else []


def _each(statement: ORMExecuteState) -> list[dict[str, Any]]:
    """The parameters of each time that the statement is executed."""
    return _many(statement) or [dict(cast(Mapping[str, Any], statement.parameters or {}))]


def _refuse_foreign(kind: NamesFiles, values: Iterable[Any]) -> None:
    """A string out of a request must not become the name of a file. (What was there before Safelight may stay, and of a
    document only its schema knows what else may stand in it.)"""
    for value in values if isinstance(kind, UploadKey) else ():
        if not isinstance(value, ClauseElement):
            for key in kind.safelight_keys(value).values():
                if not is_ours(key):
                    raise UnknownKey(key)


def _require_listener(session: Session, table: Table) -> None:
    """Who follows one table of a session must not overlook another: its files would seem to be free."""
    if table.metadata not in session.info.get(LISTENING, {}):
        raise ConfigurationError(
            f"The table {table.fullname} names files, and no Uploads of its MetaData listens to this session."
        )

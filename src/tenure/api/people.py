"""Accounts of the house's own over HTTP; only who runs the house sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import StringConstraints

from tenure.api.bodies import Body, Text
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core import people as accounts
from tenure.core.keys import Permission
from tenure.core.people import Person
from tenure.core.tenants import SYSTEM
from tenure.services import people

router = Router("person")
Password = Annotated[str, StringConstraints(min_length=1, max_length=accounts.MOST)]


class NewPerson(Body):
    """An account to be made. `id` is typed to sign in; `seats` are such as `DL/approver`."""

    id: Text
    name: Text = ""
    seats: tuple[Text, ...]
    password: Password


class NewPassword(Body):
    """Another password."""

    password: Password


@dataclass(frozen=True, slots=True)
class PersonView:
    """What may be shown of an account. `person` is who they are in keys and approvals."""

    id: str
    name: str
    seats: tuple[str, ...]
    created_at: datetime
    person: str


@router.on("GET", "/people", Permission.ADMINISTER, gives=PersonView, paged=True, house=True)
def list_people(house: HouseIn, page: PageIn) -> Response:
    """List the house's own accounts."""
    with house.store.read() as work:
        found = work.people.list(SYSTEM, limit=page.one_more, after=page.after)
    return page.reply([_view(one) for one in found], lambda one: one.id)


@router.on("POST", "/people", Permission.ADMINISTER, gives=PersonView, status=201, house=True)
def add_person(house: HouseIn, who: Who, body: NewPerson) -> Response:
    """Make an account of the house's own."""
    made = people.add(house, who.key_id, body.id, body.name, body.seats, body.password)
    return reply(_view(made), 201)


@router.on("PUT", "/people/{login}/password", Permission.ADMINISTER, gives=PersonView, house=True)
def set_password(house: HouseIn, who: Who, login: str, body: NewPassword) -> Response:
    """Give an account another password, and end its sessions."""
    return reply(_view(people.set_password(house, who.key_id, login, body.password)))


@router.on("DELETE", "/people/{login}", Permission.ADMINISTER, gives=PersonView, house=True)
def remove_person(house: HouseIn, who: Who, login: str) -> Response:
    """Remove an account, and end its sessions."""
    return reply(_view(people.remove(house, who.key_id, login)))


def _view(person: Person) -> PersonView:
    return PersonView(person.id, person.name, person.seats, person.created_at, person.person)

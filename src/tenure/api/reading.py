"""The two ways of reading: a page of a noun's values, or one of them. Decides nothing."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from fastapi import Response

from tenure.api.replies import Paging, reply
from tenure.core.errors import not_found
from tenure.ports.work import Repository, UnitOfWork
from tenure.services.house import House


class Owned(Protocol):
    """A value that belongs to a model."""

    @property
    def id(self) -> str: ...
    @property
    def model_id(self) -> str: ...


T = TypeVar("T", bound=Owned)
Shelf = Callable[[UnitOfWork], Repository[T]]


def listed(
    house: House, path: tuple[str, str | None], page: Paging, shelf: Shelf[T], **where: object
) -> Response:
    """Answer with a page of a tenant's values, or of one model's; None filters are left out."""
    tenant_id, model_id = path
    filters = {name: value for name, value in where.items() if value is not None}
    with house.store.read() as work:
        if model_id is not None:
            filters["model_id"] = work.models.get(tenant_id, model_id).id
        found = shelf(work).list(tenant_id, limit=page.one_more, after=page.after, **filters)
    return page.reply(found, lambda value: value.id)


def shown(
    house: House, path: tuple[str, str | None], noun: str, shelf: Shelf[T], value_id: str
) -> Response:
    """Answer with one value; raise `<noun>.not_found`, also for another model's."""
    tenant_id, model_id = path
    with house.store.read() as work:
        if model_id is not None:
            work.models.get(tenant_id, model_id)
        value = shelf(work).find(tenant_id, value_id)
    if value is None or model_id not in {None, value.model_id}:
        owner = f"{tenant_id}/{model_id}" if model_id else tenant_id
        named = value_id.removeprefix(f"{model_id}/")  # a version's number, as people say it
        raise not_found(f"{noun}.not_found", f"{owner} has no {noun} {named}")
    return reply(value)

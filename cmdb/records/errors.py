"""What can be wrong with asking for a record."""

from cmdb.kernel.errors import NotFound


class RecordNotFound(NotFound):
    """No live record of this kind has the id."""

    code = "record-not-found"
    title = "There is no such record"

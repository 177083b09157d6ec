"""What can be refused in the library room."""

from cmdb.kernel.errors import Forbidden, InvalidInput


class NotAReference(InvalidInput):
    """The item refers to no master copy: it has no place (uri) or no digest."""

    code = "not-a-master-copy"
    title = "The item refers to no master copy"


class LibraryForbidden(Forbidden):
    """The caller's roles do not allow checking the library."""

    code = "library-forbidden"
    title = "Your roles do not allow checking the library"

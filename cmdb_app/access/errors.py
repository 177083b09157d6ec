"""Refusals at the door. Every 401 says by its code why the credentials did not do, so that an agent's log tells what to renew."""

from cmdb.kernel.errors import CmdbError, Conflict, InvalidInput, Unauthenticated


class TokenUnknown(Unauthenticated):
    """The bearer token is not one of ours, or was mistyped."""

    code = "token-unknown"
    title = "This token is not known"


class TokenExpired(Unauthenticated):
    """The token was good once and its time is over."""

    code = "token-expired"
    title = "This token has expired"


class TokenRevoked(Unauthenticated):
    """An administrator revoked the token, or disabled the user it acts for."""

    code = "token-revoked"
    title = "This token has been revoked"


class SessionExpired(Unauthenticated):
    """The browser's session is over or was ended."""

    code = "session-expired"
    title = "Your session is over"


class SignInLinkInvalid(Unauthenticated):
    """A one-time sign-in link that was used, is too old, or never existed."""

    code = "sign-in-link-invalid"
    title = "This sign-in link is no longer good"


class SignInFailed(Unauthenticated):
    """Name and password do not fit. Which of them was wrong is not told."""

    code = "sign-in-failed"
    title = "Name or password is wrong"


class TooManyAttempts(CmdbError):
    """Too many failed sign-ins for one name in a short time. `retry_after` is in seconds."""

    code = "too-many-attempts"
    status = 429
    title = "Too many failed attempts"


class BadCredentialRequest(InvalidInput):
    """A user or token was asked for that would break a rule (roles, source, name, password length, life time)."""

    code = "bad-credential-request"
    title = "No such credential can be made"


class NameTaken(Conflict):
    """A user or a live token of that name exists."""

    code = "name-taken"
    title = "This name is taken"


class CrossSiteRequest(CmdbError):
    """A request that changes something came with a session cookie from another site's page."""

    code = "cross-site-request"
    status = 403
    title = "This request came from another site"

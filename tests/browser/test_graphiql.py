"""GraphiQL runs a named operation on the real endpoint, asking no other server (the page fixture watches)."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser


def test_a_named_operation_runs_offline(page: Any) -> None:
    page.goto("/graphiql/")
    page.get_by_role("button", name="Estate").click()
    page.wait_for_selector(".graphiql-query-editor >> text=Estate")
    page.get_by_label("Execute query").click()
    page.wait_for_selector(".result-window >> text=totalCount")

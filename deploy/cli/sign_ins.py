"""Whom one may sign in as, as `lianzhi up` shows it."""

from rich.table import Table

from deploy.sample_people import SignIn


def as_table(people: list[SignIn], password: str) -> Table:
    """All with the same password."""
    table = Table("Sign in as", "Name", "Department", "Role", title=f"密码 Password: {password}", title_justify="left")
    table.caption = "令牌 An access token: lianzhi token --as clerk.liu"
    for each in people:
        table.add_row(each.username, each.name, each.department, each.role)
    return table

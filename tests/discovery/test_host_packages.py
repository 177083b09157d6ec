"""Debian packages from dpkg's status."""

from discovery.sources.host.packages import Package, parse_status

STATUS = """Package: web
Status: install ok installed
Architecture: amd64
Version: 1:2.0-3
Pre-Depends: dpkg (>= 1.15)
Depends: libc6 (>= 2.31), mail-transport-agent | exim4,
 perl:any, missing-one | missing-two
Conffiles:
 /etc/web.conf 0123456789abcdef
Description: a web server
 Depends: this line is description

Package: postfix
Status: install ok installed
Architecture: amd64
Version: 3.7
Provides: mail-transport-agent, web-thing (= 1)

Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36

Package: libc6
Status: install ok installed
Architecture: i386
Version: 2.36

Package: perl
Status: install ok installed
Version: 5.36
Architecture: amd64

Package: dpkg
Status: install ok installed
Version: 1.21
Architecture: amd64

Package: gone
Status: deinstall ok config-files
Version: 1
Depends: libc6

Version: 7

Package: Not A Name
Version: 1
"""


def test_installed_packages_and_what_they_need() -> None:
    found = parse_status(STATUS)
    assert [(one.name, one.architecture) for one in found] == [
        ("dpkg", "amd64"),
        ("libc6", "amd64"),
        ("libc6", "i386"),
        ("perl", "amd64"),
        ("postfix", "amd64"),
        ("web", "amd64"),
    ]
    assert found[-1] == Package("web", "1:2.0-3", "amd64", "", ("dpkg", "libc6", "perl", "postfix"), ("missing-one",))


def test_odd_input_gives_what_can_be_read() -> None:
    assert parse_status("") == []
    assert parse_status("no fields here\n\n:::\n\n Package: indented") == []
    assert [one.name for one in parse_status(STATUS.replace("\n", "\r\n"))].count("web") == 1


def test_a_package_never_needs_itself() -> None:
    assert parse_status("Package: a\nVersion: 1\nProvides: b\nDepends: b, a")[0].needs == ()

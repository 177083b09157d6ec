"""What to call a process. Pure.

`python3.11` or `java` says nothing, so for an interpreter the program it runs gives the name. Only a word that looks like a program's
name is taken from the arguments (a file's base name, a module, a class); options and their values are never looked at, and nothing else
of the arguments is kept.
"""

import re
from collections.abc import Sequence

_PYTHON = re.compile(r"^(python|pypy)[0-9.]*$")
_SCRIPTED = re.compile(r"^(node|nodejs|ruby|perl|php|php-fpm|bash|sh|dash)[0-9.]*$")
_WORD = re.compile(r"^[A-Za-z][A-Za-z0-9_.+-]{0,62}$")
_SUFFIX = re.compile(r"\.(py|pyc|js|mjs|cjs|rb|pl|php|sh|jar)$")
_JAVA_PAIRS = frozenset(
    {"-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules", "--add-opens", "--add-exports", "--add-reads"}
)
_CLASS = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*\.)*([A-Za-z_$][A-Za-z0-9_$]{0,62})$")
_FLAGS = {
    "python": frozenset({"-u", "-B", "-E", "-I", "-s", "-S", "-O", "-OO", "-q", "-v", "-b", "-P"}),
    "other": frozenset({"-w", "-e0", "--"}),
}


def program_name(name: str, executable: str, arguments: Sequence[str]) -> str:
    """The program a process runs: `celery` for `python3 -m celery worker`, `kafka.Kafka` gives `Kafka`; else the process's own name.

    `arguments` are all of them, the program's own path first; they are read here and dropped.
    """
    base = executable.rsplit("/", 1)[-1] or name
    found = ""
    if base == "java" or name == "java":
        found = _java(arguments[1:])
    elif _PYTHON.match(base):
        found = _python(arguments[1:])
    elif _SCRIPTED.match(base):
        found = _script(arguments[1:], _FLAGS["other"])
    return found or _tidy(name) or _tidy(base) or "process"


def _java(arguments: Sequence[str]) -> str:
    skip = False
    for index, argument in enumerate(arguments):
        if skip:
            skip = False
        elif argument == "-jar":
            return _word(arguments[index + 1]) if index + 1 < len(arguments) else ""
        elif argument in _JAVA_PAIRS:
            skip = True
        elif not argument.startswith(("-", "@")):
            match = _CLASS.match(argument)
            return match[2] if match else _word(argument) if argument.endswith(".java") else ""
    return ""


def _python(arguments: Sequence[str]) -> str:
    for index, argument in enumerate(arguments):
        if argument == "-m":
            module = arguments[index + 1] if index + 1 < len(arguments) else ""
            return _word(module.removesuffix(".__main__"))
        if argument not in _FLAGS["python"]:
            return _script(arguments[index:], frozenset())
    return ""


def _script(arguments: Sequence[str], flags: frozenset[str]) -> str:
    """The base name of the first argument, if that is a file: has a path or a known suffix."""
    for argument in arguments:
        if argument in flags:
            continue
        is_file = not argument.startswith("-") and ("/" in argument or _SUFFIX.search(argument))
        return _word(argument.rsplit("/", 1)[-1]) if is_file and not re.search(r"\s|=|:", argument) else ""
    return ""


def _word(text: str) -> str:
    base = _SUFFIX.sub("", text.rsplit("/", 1)[-1])
    return base if _WORD.match(base) else ""


def _tidy(name: str) -> str:
    """A process's own name up to the first thing that does not belong in a name: daemons write their state there (`nginx: master
    process`)."""
    match = re.match(r"[A-Za-z0-9_.+-]{1,63}", name.strip())
    return match[0] if match else ""

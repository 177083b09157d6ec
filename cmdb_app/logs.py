"""Logging: one line for each event, as text or as a JSON object, to standard error. Set up once, by the command that starts a process."""

import json
import logging
import sys
from datetime import UTC, datetime

_EXTRAS = ("request_id", "status", "ms", "bytes", "actor", "client", "job_id", "seq")


class JsonLines(logging.Formatter):
    """One JSON object for each line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": _time(record), "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        line.update({name: getattr(record, name) for name in _EXTRAS if getattr(record, name, None) is not None})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """`time level logger message name=value ...`"""

    def format(self, record: logging.LogRecord) -> str:
        extras = [f"{name}={getattr(record, name)}" for name in _EXTRAS if getattr(record, name, None) is not None]
        # A newline in a message could pass for a line of its own.
        message = record.getMessage().replace("\n", "\\n").replace("\r", "\\r")
        line = " ".join([_time(record), f"{record.levelname:<7}", record.name, message, *extras])
        return line + ("\n" + self.formatException(record.exc_info) if record.exc_info else "")


def configure_logging(level: str, as_json: bool) -> None:
    """Sends all logging to standard error in our form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("cmdb").setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "celery"):
        logging.getLogger(name).setLevel(logging.INFO if level in ("debug", "info") else level.upper())
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

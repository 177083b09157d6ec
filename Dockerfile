# The API, the worker, the scheduler and the command line in one image; which of them runs is the command.
# Not built where Docker is not to be had: see tests/house/test_compose.py for what is checked without it.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md constraints.txt ./
COPY cmdb cmdb
COPY change_gate change_gate
COPY discovery discovery
COPY baselines baselines
COPY processes processes
COPY graphql graphql
COPY cmdb_app cmdb_app
COPY web web
COPY docs/errors docs/errors
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -c constraints.txt .

FROM python:3.13-slim
# A user of its own; nothing in the image is writable to it but the data directory (snapshots of the impact index).
RUN useradd --system --uid 10001 --create-home --home-dir /data cmdb
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 CMDB_DATA_DIR=/data CMDB_HOST=0.0.0.0 CMDB_LOG_JSON=true
USER cmdb
VOLUME /data
EXPOSE 8650
ENTRYPOINT ["cmdb"]
CMD ["api"]

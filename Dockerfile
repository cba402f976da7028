# tui_aide in a container: see docs/installing.md for what a search in it may do, and how to come back to one.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
COPY . /src
RUN python3 -m venv /opt/tui-aide \
    && /opt/tui-aide/bin/pip install --no-cache-dir "/src[web]" \
    && /opt/tui-aide/bin/python -m compileall -q /opt/tui-aide/lib

FROM ${BASE}
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home --shell /bin/bash aide \
    && install -d -o aide -g aide /sessions /data
COPY --from=build /opt/tui-aide /opt/tui-aide
ENV PATH=/opt/tui-aide/bin:$PATH \
    LANG=C.UTF-8 \
    TUI_AIDE_SESSIONS_DIR=/sessions
USER aide
WORKDIR /data
VOLUME /sessions
ENTRYPOINT ["tui-aide"]

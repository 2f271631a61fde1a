FROM python:3.12-slim AS build

WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

# The environment that is shipped: no pip in it, and nothing that would have to be compiled.
RUN python -m venv --without-pip /opt/payouts
COPY requirements.lock ./
RUN pip --python /opt/payouts/bin/python install \
    --require-hashes --only-binary :all: --requirement requirements.lock

# The project becomes a real wheel, so that its command and its version are what its metadata
# says. The build backend is needed in this stage only. Its hashes are among the development locks;
# just these entries are taken. Should it come to need another package, pip stops and names it.
COPY requirements-dev.lock ./
RUN awk '/^[a-z]/ { wanted = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } \
    wanted' requirements-dev.lock > requirements-backend.lock \
    && pip install --require-hashes --only-binary :all: --requirement requirements-backend.lock
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /dist . \
    && pip --python /opt/payouts/bin/python install --no-index --no-deps /dist/payouts-*.whl


# The sandbox bank's packages beside it. Production does without them.
FROM build AS build-bank

COPY requirements-sandbox-bank.lock ./
RUN pip --python /opt/payouts/bin/python install \
    --require-hashes --only-binary :all: --requirement requirements-sandbox-bank.lock


FROM python:3.12-slim AS runtime

# A fixed number, so that the owner of a volume stays the same from one image to the next.
RUN groupadd --gid 10001 payouts \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/payouts \
       --shell /usr/sbin/nologin payouts \
    && install --directory --owner 10001 --group 10001 --mode 0700 /var/lib/payouts

# PAYOUTS_HOME is for the sandbox bank's ledger. Web and worker write only their metrics, beat
# writes nothing. They run on a read-only file system.
ENV PATH=/opt/payouts/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PAYOUTS_HOME=/var/lib/payouts
USER 10001:10001
WORKDIR /var/lib/payouts
EXPOSE 8000

# For `payouts web`. The other commands need checks of their own, such as those in compose.yaml.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT') or 8000}/health/live/\", timeout=2)"]

ENTRYPOINT ["payouts"]


# `docker build --target bank .`
FROM runtime AS bank

COPY --from=build-bank /opt/payouts /opt/payouts
CMD ["bank"]


# The last stage is what `docker build .` makes.
FROM runtime

COPY --from=build /opt/payouts /opt/payouts
CMD ["web"]

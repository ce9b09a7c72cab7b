# syncd, its connectors and the demo: `docker build -t syncd .`
# The tests read this file but do not build it: no container engine runs where they run.
FROM python:3.11-slim

WORKDIR /app
COPY requirements/run.txt requirements/run.txt
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY syncd syncd
COPY connectors connectors
COPY mappings mappings
RUN pip install --no-cache-dir --no-deps --no-build-isolation .

# A new volume takes over the owner of the folder that it is mounted on.
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/syncd syncd \
 && install --directory --owner=syncd --group=syncd /etc/syncd
USER syncd
WORKDIR /var/lib/syncd
VOLUME /var/lib/syncd
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["syncd"]
CMD ["serve", "--host", "0.0.0.0", "--config", "/etc/syncd/syncd.yaml"]

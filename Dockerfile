# Images for scheduled jobs. Health is the exit code of a run (docs/operations.md lists them); nothing stays up.
#
#   docker build -t patronflow .                                    the command patronflow
#   docker build -t patronload --target patronload .                in place of MIT's image: the task's command is ["-t"] or nothing
#   docker build -t patron-info-poller --target patron-info-poller .    in place of NYPL's
#   docker build -t patronflow --target oracle-thick --build-arg INSTANT_CLIENT=instantclient-basiclite.zip .
#   docker build -t patronflow --target geosupport --build-arg GEOSUPPORT=linux_geo.zip .
#   docker build -t patronload --target patronload --build-arg LOAD_BASE=oracle-thick --build-arg INSTANT_CLIENT=… .
#
# docs/images.md has the rest. Only the stages of the target are built, so that the zips are needed by their targets alone.

# What the drop-in images stand on: plain, oracle-thick or geosupport.
ARG LOAD_BASE=plain
ARG POLL_BASE=plain

FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:22-bookworm-slim AS plain
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY --from=build /src/presets ./presets
COPY --from=build /src/data ./data
# Configurations are mounted at /job; temporary files, which hold personal data, go into memory: --tmpfs /tmp
WORKDIR /job
USER node
ENTRYPOINT ["node", "/app/dist/bin.cjs"]
CMD ["--help"]

# Thick mode of Oracle's driver, for servers before 12.1 and for those that ask for native encryption.
FROM plain AS oracle-thick
# Basic or Basic Light for this machine's architecture, a file beside the Dockerfile or an address: Oracle's licence wants
# that everybody downloads it themselves.
ARG INSTANT_CLIENT
# Debian 13 calls it libaio1t64.
ARG LIBAIO=libaio1
USER root
ADD ${INSTANT_CLIENT} /tmp/instantclient.zip
COPY docker/unpack-instant-client.sh /tmp/
RUN apt-get update && apt-get install --yes --no-install-recommends ${LIBAIO} unzip \
  && sh /tmp/unpack-instant-client.sh /tmp/instantclient.zip /opt/oracle \
  && echo /opt/oracle > /etc/ld.so.conf.d/oracle.conf && ldconfig \
  && apt-get purge --yes unzip && rm -rf /tmp/* /var/lib/apt/lists/*
ENV ORACLE_LIB_DIR=/opt/oracle
USER node

# New York City's Geosupport, Desktop Edition for Linux (x86-64), as the Department of City Planning hands it out.
FROM plain AS geosupport
ARG GEOSUPPORT
USER root
ADD ${GEOSUPPORT} /tmp/geosupport.zip
COPY docker/unpack-geosupport.sh /tmp/
RUN apt-get update && apt-get install --yes --no-install-recommends unzip \
  && sh /tmp/unpack-geosupport.sh /tmp/geosupport.zip /opt/geosupport \
  && apt-get purge --yes unzip && rm -rf /tmp/* /var/lib/apt/lists/*
ENV GEOFILES=/opt/geosupport/fls/ LD_LIBRARY_PATH=/opt/geosupport/lib
USER node

FROM ${LOAD_BASE} AS patronload
ENTRYPOINT ["node", "/app/dist/bin-patronload.cjs"]
CMD []

FROM ${POLL_BASE} AS patron-info-poller
ENTRYPOINT ["node", "/app/dist/bin-patron-info-poller.cjs"]
CMD []

# Last, so that a build without a target makes it.
FROM plain

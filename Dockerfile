# The tickwire command, with what it needs to run and nothing else. docs/deploy.md says how to use it.
#
# On Debian, not Alpine: the tests run on glibc. Install scripts never run: every package with native code (libsql) brings it built.
FROM node:20.20.2-bookworm-slim AS base
WORKDIR /app
COPY LICENSE package.json package-lock.json ./
COPY clients/ts/package.json clients/ts/

FROM base AS build
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.base.json ./
COPY scripts scripts
COPY clients/ts clients/ts
COPY src src
RUN npm run build \
    && chmod 0755 dist/src/main.js \
    && find dist clients/ts/dist -name "*.map" -delete

FROM base AS modules
# libsql comes for glibc and for musl, 9 MB each; the lockfile can't tell them apart.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
    && rm -rf node_modules/@libsql/*musl*

FROM base
LABEL org.opencontainers.image.title="tickwire" \
      org.opencontainers.image.description="A durable, distributed job scheduler, run as a gRPC service" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/clients/ts/dist clients/ts/dist
COPY --from=build /app/dist/src dist/src
RUN ln -s /app/dist/src/main.js /usr/local/bin/tickwire \
    && mkdir /data \
    && chown 1000:1000 /data

# By number, so that Kubernetes can see that it is not root. Its own are the files below /data alone: the default store is there.
USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 7070 7071
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["tickwire", "health"]
# As process 1 it is sent SIGTERM itself, and drains.
ENTRYPOINT ["tickwire"]
CMD ["serve"]

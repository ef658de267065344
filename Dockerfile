FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY tools/build.ts tools/
COPY tools/release/licenses.ts tools/release/
COPY src src
COPY catalog catalog
RUN node tools/build.ts

FROM gcr.io/distroless/nodejs24-debian12:nonroot AS server
# One arena of malloc: each thread would have its own, 13 MB in all that are not used. Without fixed thresholds glibc raises
# them after it freed a large body, and keeps what is freed later. The heap takes half of the memory limit at most: Node
# itself would let garbage lie up to 256 MB. The young generation of a small container would be 1 MB, and a review would
# take half as much CPU again. docs/decisions/0026-memory-of-a-replica.md has the numbers.
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
ENV NODE_OPTIONS="--max-semi-space-size=4 --max-old-space-size-percentage=50"
WORKDIR /pillion
COPY --from=build /src/package.json ./
COPY --from=build /src/catalog catalog
COPY --from=build /src/dist dist

# What starting and reviewing compiles is compiled once, here. Node looks for it by its own version, the file's path
# and the user: this has to be the Node, the path and the user that will run it.
FROM server AS compiled
COPY examples examples
ENV NODE_COMPILE_CACHE=/tmp/compiled
RUN ["/nodejs/bin/node", "dist/pillion.js", "demo"]
# Root's, and readable: who runs must not be able to change what runs.
RUN ["/nodejs/bin/node", "-e", "for (const file of fs.globSync('/tmp/compiled/*/*')) fs.chmodSync(file, 0o444)"]

FROM server
COPY --from=compiled --chown=root:root /tmp/compiled compiled
ENV NODE_COMPILE_CACHE=/pillion/compiled
EXPOSE 8443 9090
ENTRYPOINT ["/nodejs/bin/node", "/pillion/dist/pillion.js"]
CMD ["serve"]
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="pillion" \
      org.opencontainers.image.description="A Kubernetes sidecar injector: one annotation on a Pod adds its sidecars, init containers and shared volumes." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE"

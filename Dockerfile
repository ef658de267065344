FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY build.ts tsconfig.json ./
COPY src src
COPY catalog catalog
RUN npm run build

FROM gcr.io/distroless/nodejs24-debian12:nonroot
LABEL org.opencontainers.image.title="pillion" \
      org.opencontainers.image.description="A Kubernetes sidecar injector: one annotation on a Pod adds its sidecars, init containers and shared volumes." \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_OPTIONS=--enable-source-maps
WORKDIR /pillion
COPY --from=build /src/package.json ./
COPY --from=build /src/catalog catalog
COPY --from=build /src/dist dist
EXPOSE 8443 9090
ENTRYPOINT ["/nodejs/bin/node", "/pillion/dist/pillion.js"]
CMD ["serve"]

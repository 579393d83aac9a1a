# The engine: docker build --target engine .      The emulator: docker build --target emulator .
ARG NODE_VERSION=24.21.0

# Packages of the engine alone: neither DuckDB nor the sample data, which only the emulator needs.
FROM node:${NODE_VERSION}-alpine AS engine-packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/@duckdb node_modules/vega-datasets

FROM node:${NODE_VERSION}-slim AS emulator-packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

# DuckDB's library is made for glibc, so this one is not Alpine.
FROM node:${NODE_VERSION}-slim AS emulator
WORKDIR /app
ENV NODE_ENV=production EMULATOR_DATA=/data EMULATOR_PORT=3001
RUN mkdir /data && chown node:node /data
VOLUME /data
COPY --from=emulator-packages /app/node_modules node_modules
COPY package.json ./
COPY emulator emulator
USER node
CMD ["node", "emulator/main.ts"]

FROM node:${NODE_VERSION}-alpine AS engine
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 PENSTOCK_DATA=/data
RUN mkdir /data && chown node:node /data
VOLUME /data
COPY --from=engine-packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY manifests manifests
COPY connector connector
COPY actions actions
COPY triggers triggers
COPY engine engine
COPY api api
COPY docs/reference/errors.md docs/reference/errors.md
COPY cli cli
USER node
EXPOSE 3000
ENTRYPOINT ["node", "cli/penstock.mjs"]
CMD ["serve"]

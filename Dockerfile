# The engine: docker build --target engine .      The emulator: docker build --target emulator .
ARG NODE_VERSION=24.21.0

# Packages of the engine alone: those of the emulator, such as DuckDB, belong to its workspace.
FROM node:${NODE_VERSION}-alpine AS engine-packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --workspaces=false --omit=dev --ignore-scripts --no-audit --no-fund

# The browser app: only its files reach the engine's image.
FROM node:${NODE_VERSION}-slim AS app-build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
COPY client/package.json client/package.json
COPY web/package.json web/package.json
RUN npm ci --workspace=web --workspace=client --ignore-scripts --no-audit --no-fund
COPY client client
COPY web web
COPY connector connector
COPY actions actions
COPY engine/expressions engine/expressions
COPY examples examples
RUN npx vite build web

FROM node:${NODE_VERSION}-slim AS emulator-packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY emulator/package.json emulator/package.json
RUN npm ci --workspace=emulator --omit=dev --ignore-scripts --no-audit --no-fund

# DuckDB's library is made for glibc, so this one is not Alpine.
FROM node:${NODE_VERSION}-slim AS emulator
WORKDIR /app
ENV NODE_ENV=production EMULATOR_DATA=/data EMULATOR_PORT=3001
RUN mkdir /data && chown node:node /data
VOLUME /data
COPY --from=emulator-packages /app/node_modules node_modules
COPY emulator emulator
USER node
CMD ["node", "emulator/main.ts"]

FROM node:${NODE_VERSION}-alpine AS engine
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 PENSTOCK_DATA=/data
# Sizes of the heap, for a machine with memory to spare; see docs/guides/deploy.md.
ENV NODE_OPTIONS="--max-semi-space-size=16 --max-old-space-size=2000"
RUN mkdir /data && chown node:node /data
VOLUME /data
COPY --from=engine-packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY manifests manifests
COPY connector connector
COPY actions actions
COPY services services
COPY triggers triggers
COPY engine engine
COPY api api
COPY docs/reference/errors.md docs/reference/errors.md
COPY cli cli
COPY --from=app-build /app/web/dist web/dist
USER node
EXPOSE 3000
ENTRYPOINT ["node", "cli/penstock.mjs"]
CMD ["serve"]

/** The layers of the project, lowest first. Each may import itself and those before it. */
export const LAYERS = ['connector', 'actions', 'triggers', 'services', 'engine', 'api', 'cli'] as const;

/** Programs that speak HTTP with the layers and import nothing of them, nor of each other. */
export const APART = ['emulator', 'bench', 'client'] as const;

/** The browser app: of ours it imports the client, and what needs no Node: the expressions and JSON pointers. */
export const APP = 'web';

/** The folders of `engine/`, lowest first. Each may import itself and those before it; files right in `engine/` may import all. */
export const FLOORS = [
  'expressions',
  'expression-threads',
  'process',
  'store',
  'secrets',
  'access',
  'connectors',
  'events',
  'credentials',
  'queue',
  'artifacts',
  'cursors',
  'runs',
  'workflows',
  'polling',
  'replay',
  'webhook-endpoints',
  'isolation',
  'operations',
] as const;

/** The inner floors of `engine/credentials/`, lowest first. Its context.ts names what they keep, so it is apart from their order. */
export const CREDENTIAL_FLOORS = ['records', 'oauth', 'tokens', 'authentications', 'accounts', 'logins'] as const;

/** Where a library may be imported, as a regular expression of paths: one place each, so that it can be replaced there. */
export const HOMES: Readonly<Record<string, string>> = Object.freeze({
  got: '^connector/http[.]ts$',
  scslre: '^connector/linear-regex[.]ts$',
  ajv: '^connector/schema[.]ts$',
  'ajv-formats': '^connector/schema[.]ts$',
  ioredis: '^engine/store/(redis(-client)?|join-writes)[.]ts$',
  // The worker's queues are served by BullMQ's Worker, which is built from functions of every floor.
  bullmq: '^engine/queue/queues[.]ts$',
  'bullmq-otel': '^engine/queue/queues[.]ts$',
  // The browser shows the next times of a draft's schedule, by the same call.
  croner: '^(engine/queue/cron|web/src/builder/next-times)[.]ts$',
  pino: '^engine/process/log[.]ts$',
  'lru-cache': '^(connector/bounded-cache|emulator/.*)[.]ts$',
  oauth4webapi: '^engine/credentials/oauth/',
  jsonata: '^engine/expressions/parse[.]ts$',
  '@aws-sdk/client-s3': '^(engine/artifacts/s3-client[.]ts$|services/s3/)',
  '@aws-sdk/s3-request-presigner': '^services/s3/presign[.]ts$',
  'apache-arrow': '^(engine/artifacts/arrow-rows[.]ts$|emulator/)',
  fastify: '^(api|emulator)/',
  '@fastify/static': '^api/browser-app[.]ts$',
  cookie: '^api/',
  'prom-client': '^api/metrics[.]ts$',
  '@bull-board/api': '^api/bull-board[.]ts$',
  '@bull-board/fastify': '^api/bull-board[.]ts$',
  commander: '^cli/',
  pg: '^services/postgres/',
  'pg-cursor': '^services/postgres/result[.]ts$',
  '@duckdb/node-api': '^emulator/',
  fflate: '^emulator/workspace-objects/zip[.]ts$',
  'scim2-parse-filter': '^emulator/scim/filter[.]ts$',
});

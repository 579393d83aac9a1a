/**
 * Every key there is. `prefix` holds one hash tag, so that all of them live in one slot and scripts over several keys
 * work on Redis Cluster.
 */
export interface Keys {
  prefix: string;
  /** hash: one run. Owner: runs. Lives until retention takes it. */
  run(id: string): string;
  /** zset of run ids by created_at, one tenant. Owner: runs; trimmed by retention. */
  runs(tenant: string): string;
  /** zset of failed run ids by created_at. */
  failedRuns(tenant: string): string;
  /** zset of run ids by created_at, one workflow's own runs. */
  workflowRuns(workflow: string): string;
  /** zset of ids of runs that wait for a person, by when they asked, one tenant. Owner: approvals. */
  pendingApprovals(tenant: string): string;
  /** zset of every run that is not ended, by the time it was last touched. Owner: reconciler. */
  openRuns(): string;
  /** zset of a tenant's ended run ids by the time they ended; without a tenant, of runs whose tenant cannot be read. Owner: retention. */
  endedRuns(tenant?: string): string;
  /** zset as that: runs that have ended below one that was open then. */
  heldRuns(tenant: string): string;
  /** pub/sub channel: changes of one run. */
  runChannel(id: string): string;
  /**
   * stream, and pub/sub channel, of changes of runs: of a tenant's, of those below a run, or of a tenant's bulk replays. Lives while somebody
   * listens and ten minutes longer. Owner: change streams.
   */
  changes(owner: string): string;
  /** hash of what the runs of one bucket (seconds) are counted by; `start` in epoch ms. Owner: engine/store/lua/parts/counts.lua. */
  runCounts(tenant: string, bucket: number, start: number): string;
  /** list of run ids that wait before the queue, oldest first; one account. Owner: engine/queue/, as the next three. */
  backlog(account: string): string;
  /** hash of account -> `<tenant> <most in flight> ready|at_limit`: every account that has a backlog. */
  backlogs(): string;
  /** list of a tenant's accounts whose backlog may give a run, in turn. */
  roundRobin(tenant: string): string;
  /** set of run ids of an account, or of a tenant, that have a job and neither ended nor wait for the service. */
  inFlight(owner: string): string;
  /** string: slots of all workers together. Owner: workers. */
  slots(): string;
  /** string: slots of all workers together that are kept for tenants with little in flight. Owner: workers; see engine/queue/reserve.ts. */
  reservedSlots(): string;
  /** hash of `<metric>|<labels>[|<bucket>]` -> number: what all processes have counted. Owner: meters. */
  meters(): string;
  /** hash of worker id -> JSON of its last heartbeat. Owner: workers. */
  workers(): string;
  /** hash of process id -> JSON of its last heartbeat. Owner: processes that serve the API. */
  apiProcesses(): string;
  /** hash of name -> id, one tenant's names of one kind (linked accounts, workflows, OAuth apps). */
  names(kind: string, tenant: string): string;
  /** string of JSON: one object of a kind. */
  object(kind: string, id: string): string;
  /** zset of ids by created_at: a tenant's (or another owner's) objects of a kind. */
  objects(kind: string, owner: string): string;
  /** string: id of an API key by the hash of its text. */
  apiKeyHash(hash: string): string;
  /** string of JSON: a browser session, by the hash of its token. Lives 12 hours after its last use. Owner: sessions. */
  session(hash: string): string;
  /** string of JSON: a sign-in link, by the hash of its secret. Lives ten minutes, read once. Owner: sign-in links. */
  signInLink(hash: string): string;
  /** string: an idempotent answer. Lives 24 hours. */
  idempotency(tenant: string, key: string): string;
  /** string: a lock with its owner's value. */
  lock(name: string): string;
  /** string of sealed JSON: an access token shared by all workers. Lives as long as the token. */
  accessToken(authentication: string): string;
  /** pub/sub channel: authentications that changed. */
  authenticationChannel(): string;
  /** hash: cursor of a workflow's trigger. Owner: cursors; outlives versions of the workflow. */
  cursor(workflow: string): string;
  /** list: last positions of a cursor, newest first, bounded. */
  cursorHistory(workflow: string): string;
  /** hash of five minutes of the day -> what a trigger did in them; one cursor and day since 1970. Lives 8 days. Owner: engine/cursors/series.ts. */
  cursorSeries(workflow: string, day: number): string;
  /** zset of runs whose page was dead-lettered and not delivered since, by that time. Owner: dead letters. */
  deadLetters(workflow: string): string;
  /** string, sealed: signs the links for approvals and incoming webhooks. */
  linkSecret(): string;
  /** zset of workflow ids by the time of their next tick. Owner: schedules; read by the watchdog. */
  dueTicks(): string;
  /** hash {now, next, next_page}: what a trigger's source remembers, and what it will once the page in flight is delivered. */
  cursorMemory(workflow: string): string;
  /** hash {json, version, sealed?}: one linked account, authentication, OAuth app or API key. Owner: records. */
  record(kind: string, id: string): string;
  /** zset of record ids by created_at: the records of a kind that belong to an owner (tenant, linked account, OAuth app). */
  records(kind: string, owner: string): string;
  /** hash of `name:<name>` or `workspace:<origin>` -> id: what may be there once per owner. */
  uniques(kind: string, owner: string): string;
  /** zset, all scores 0, of `<key id>|<kind>:<id>`: which encryption key seals which record. Read by key rotation. */
  sealedWith(): string;
  /** That index as version 1 named it; it keeps code of version 1 from starting. Owner: schema version. */
  sealedWithOfVersion1(): string;
  /** hash {version, oldest_reader}: the layout of everything here. Owner: schema version. */
  schemaVersion(): string;
  /** hash of key id -> a sealed known text, by which a wrong key is found at start. */
  keyChecks(): string;
  /** string of JSON: a token request that was sent with a refresh token and has not ended. Lives a day. */
  refreshAttempt(authentication: string): string;
  /** string of JSON: the last refresh failures, while no new one may be tried. Lives ten minutes. */
  refreshCooldown(authentication: string): string;
  /** zset of authentication ids by when to look next: credentials that end by themselves. Owner: expiry. */
  expiries(): string;
  /** string of sealed JSON: a login that was begun, by the hash of its state. Lives ten minutes, read once. */
  login(stateHash: string): string;
  /** string of sealed JSON: a login whose browser has not come yet, by the hash of its start URL's secret. Lives ten minutes, read once. */
  loginStart(hash: string): string;
  /** string of sealed JSON: a connect link by the hash of its secret. Lives as long as the link. */
  connectLink(hash: string): string;
  /** stream of what was changed by whom in everyday work; one tenant, bounded in length. */
  audit(tenant: string): string;
  /** stream, as `audit`: changes of rights and credentials; bounded apart, so that everyday changes do not push them out. */
  accessAudit(tenant: string): string;
  /** stream of life-cycle events of one tenant, bounded in length. */
  events(tenant: string): string;
  /** pub/sub channel: life-cycle events of one tenant. */
  eventChannel(tenant: string): string;
  /** hash of quota -> limit: what an operator set for one tenant. Owner: quotas. */
  quotas(tenant: string): string;
  /** hash {unfinished_runs, artifact_bytes, input_bytes, workflow_versions, workflow_bytes, connectors, connector_bytes, ended_<status>}: what one tenant uses of what is not counted by an index, and how its runs ended. Owner: scripts of runs, retention. */
  usage(tenant: string): string;
  /** hash of `set:<catalog>` and `files:<connector>:<revision>` -> JSON, and `uses`, a count: one tenant's own connectors. Owner: engine/connectors/. */
  connectors(tenant: string): string;
  /** zset of tenants by the time since when they have sets of connectors that are not the present one. */
  oldConnectors(): string;
  /** zset of workflow ids: one tenant's enabled workflows with a schedule. */
  schedules(tenant: string): string;
  /** zset of stream ids by the time they lapse: one tenant's open event streams, over all API processes. */
  streams(tenant: string): string;
  /** zset of ids of requests by the time they lapse: one tenant's requests that are held until a run ends, over all API processes. */
  waits(tenant: string): string;
  /** hash of folder id -> bytes: what core.file has written in each folder of files, one tenant. Owner: file-bytes. */
  fileBytes(tenant: string): string;
  /** string: how often something happened in the present window. Lives as long as the window. */
  rate(subject: string, id: string): string;
  /** Anything of one subject that is a single key, such as `throttle`. */
  other(subject: string, id: string): string;
}

/** Makes the key functions for one prefix. Different prefixes share nothing. */
export function createKeys(prefix: string): Keys {
  return Object.freeze({
    prefix,
    run: (id) => `${prefix}run:${id}`,
    runs: (tenant) => `${prefix}runs:${tenant}`,
    failedRuns: (tenant) => `${prefix}runs-failed:${tenant}`,
    workflowRuns: (workflow) => `${prefix}runs-of:${workflow}`,
    pendingApprovals: (tenant) => `${prefix}approvals:${tenant}`,
    openRuns: () => `${prefix}runs-open`,
    endedRuns: (tenant) => (tenant === undefined ? `${prefix}runs-ended` : `${prefix}runs-ended:${tenant}`),
    heldRuns: (tenant) => `${prefix}runs-held:${tenant}`,
    runChannel: (id) => `${prefix}run-changes:${id}`,
    changes: (owner) => `${prefix}changes:${owner}`,
    runCounts: (tenant, bucket, start) => `${prefix}run-counts:${tenant}:${bucket}:${start}`,
    backlog: (account) => `${prefix}backlog:${account}`,
    backlogs: () => `${prefix}backlogs`,
    roundRobin: (tenant) => `${prefix}round-robin:${tenant}`,
    inFlight: (owner) => `${prefix}in-flight:${owner}`,
    slots: () => `${prefix}slots`,
    reservedSlots: () => `${prefix}reserved-slots`,
    meters: () => `${prefix}meters`,
    workers: () => `${prefix}workers`,
    apiProcesses: () => `${prefix}api-processes`,
    names: (kind, tenant) => `${prefix}names:${kind}:${tenant}`,
    object: (kind, id) => `${prefix}${kind}:${id}`,
    objects: (kind, owner) => `${prefix}${kind}s:${owner}`,
    apiKeyHash: (hash) => `${prefix}key-hash:${hash}`,
    session: (hash) => `${prefix}session:${hash}`,
    signInLink: (hash) => `${prefix}sign-in-link:${hash}`,
    idempotency: (tenant, key) => `${prefix}idempotency:${tenant}:${key}`,
    lock: (name) => `${prefix}lock:${name}`,
    accessToken: (authentication) => `${prefix}access-token:${authentication}`,
    authenticationChannel: () => `${prefix}auth-changes`,
    cursor: (workflow) => `${prefix}cursor:${workflow}`,
    cursorHistory: (workflow) => `${prefix}cursor-history:${workflow}`,
    cursorSeries: (workflow, day) => `${prefix}cursor-series:${workflow}:${day}`,
    deadLetters: (workflow) => `${prefix}dead-letters:${workflow}`,
    linkSecret: () => `${prefix}link-secret`,
    dueTicks: () => `${prefix}ticks-due`,
    cursorMemory: (workflow) => `${prefix}cursor-memory:${workflow}`,
    record: (kind, id) => `${prefix}rec:${kind}:${id}`,
    records: (kind, owner) => `${prefix}recs:${kind}:${owner}`,
    uniques: (kind, owner) => `${prefix}uniques:${kind}:${owner}`,
    sealedWith: () => `${prefix}sealed-by`,
    sealedWithOfVersion1: () => `${prefix}sealed-with`,
    schemaVersion: () => `${prefix}schema_version`,
    keyChecks: () => `${prefix}key-checks`,
    refreshAttempt: (authentication) => `${prefix}refresh-attempt:${authentication}`,
    refreshCooldown: (authentication) => `${prefix}refresh-cooldown:${authentication}`,
    expiries: () => `${prefix}auth-expiries`,
    login: (stateHash) => `${prefix}login:${stateHash}`,
    loginStart: (hash) => `${prefix}login-start:${hash}`,
    connectLink: (hash) => `${prefix}connect-link:${hash}`,
    audit: (tenant) => `${prefix}audit:${tenant}`,
    accessAudit: (tenant) => `${prefix}audit-access:${tenant}`,
    events: (tenant) => `${prefix}events:${tenant}`,
    eventChannel: (tenant) => `${prefix}event-changes:${tenant}`,
    quotas: (tenant) => `${prefix}quotas:${tenant}`,
    usage: (tenant) => `${prefix}usage:${tenant}`,
    connectors: (tenant) => `${prefix}connectors:${tenant}`,
    oldConnectors: () => `${prefix}connectors-old`,
    schedules: (tenant) => `${prefix}schedules:${tenant}`,
    waits: (tenant) => `${prefix}waits:${tenant}`,
    fileBytes: (tenant) => `${prefix}file-bytes:${tenant}`,
    streams: (tenant) => `${prefix}streams:${tenant}`,
    rate: (subject, id) => `${prefix}rate:${subject}:${id}`,
    other: (subject, id) => `${prefix}${subject}:${id}`,
  } satisfies Keys);
}

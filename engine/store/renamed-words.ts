/**
 * Words that version 1 of the store holds and version 2 writes differently. The migration from 1 to 2 applies them; nothing else
 * reads the old words. Each table says where its words are stored. A word that is not listed did not change.
 */

/**
 * Event types. Stored in `types` of webhook endpoints (records of the kind `webhook_endpoint`), in `type` of the JSON of every entry of
 * the streams `events:<tenant>`, and in `trigger.input.types` of workflow definitions with the trigger `core.event`.
 */
export const RENAMED_EVENT_TYPES: Readonly<Record<string, string>> = Object.freeze({
  'page.set_aside': 'page.dead_lettered',
});

/** Audit actions. Stored in `action` of every entry of the streams `audit:<tenant>` and `audit-access:<tenant>`. */
export const RENAMED_AUDIT_ACTIONS: Readonly<Record<string, string>> = Object.freeze({
  'event_webhook.create': 'webhook_endpoint.create',
  'event_webhook.delete': 'webhook_endpoint.delete',
  'replay.create': 'bulk_replay.create',
  'replay.cancel': 'bulk_replay.cancel',
});

/** Kinds of audit targets. Stored in `target.kind` beside the action. */
export const RENAMED_AUDIT_TARGETS: Readonly<Record<string, string>> = Object.freeze({
  event_webhook: 'webhook_endpoint',
  replay: 'bulk_replay',
});

/** Quotas that an operator set. Stored as fields of the hashes `quotas:<tenant>`. */
export const RENAMED_QUOTAS: Readonly<Record<string, string>> = Object.freeze({
  event_webhooks: 'webhook_endpoints',
});

/** Metrics. Stored as the first part of each field (`<metric>|<labels>`) of the hash `meters`. */
export const RENAMED_METRICS: Readonly<Record<string, string>> = Object.freeze({
  penstock_mended_total: 'penstock_reconciler_repairs_total',
});

/** Values of metric labels, in the same fields. */
export const RENAMED_METRIC_LABELS: Readonly<Record<string, string>> = Object.freeze({
  stuck_in_lane: 'stuck_in_backlog',
  event_webhook: 'webhook_endpoint',
  fault: 'error',
});

/** Kinds of records. Stored in the keys `rec:<kind>:<id>` and `recs:<kind>:<owner>`, and in the index of what is sealed. */
export const RENAMED_RECORD_KINDS: Readonly<Record<string, string>> = Object.freeze({
  event_webhook: 'webhook_endpoint',
});

/** States of a backlog. Stored at the end of the values of the hash `laned`, now `backlogs`. */
export const RENAMED_BACKLOG_STATES: Readonly<Record<string, string>> = Object.freeze({
  parked: 'at_limit',
});

/** Fields of the hash of a run. */
export const RENAMED_RUN_FIELDS: Readonly<Record<string, string>> = Object.freeze({
  fence: 'fencing_token',
});

/** Fields of the record of a workflow, the JSON under `workflow:<id>`. */
export const RENAMED_WORKFLOW_FIELDS: Readonly<Record<string, string>> = Object.freeze({
  hook_generation: 'url_generation',
});

/** What a request under an Idempotency-Key is while it has no answer. Stored as the second word of `idempotency:<tenant>:<key>`. */
export const RENAMED_REQUEST_STATES: Readonly<Record<string, string>> = Object.freeze({
  'in-hand': 'in-progress',
});

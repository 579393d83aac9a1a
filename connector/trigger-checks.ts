import type { ValidationError } from './errors.ts';
import type {
  ActionManifest,
  CursorManifest,
  Json,
  SourceManifest,
  TriggerManifest,
  WebhookManifest,
} from './manifest.ts';
import type { ManifestFile } from './manifest-files.ts';
import { at, checkReference, didYouMean, requestParts, unknownInput } from './references.ts';
import { hasPath } from './schema-paths.ts';
import type { Services } from './service.ts';
import { GENERAL_READERS, sourcesOf } from './sources.ts';
import { referencesOf } from './template.ts';
import { inputsOfPaths, isOneRequired } from './webhook-registration.ts';

/** What the templates of a source may refer to. */
const SCOPES = ['input', 'account', 'cursor'];

/** What the requests of a registration may refer to. */
const WEBHOOK_SCOPES = ['input', 'account', 'webhook'];
const WEBHOOK_VALUES = ['url', 'secret', 'id'];

/** Compares a trigger with the actions that it polls, and its references with its input. */
export function checkTrigger(
  entry: ManifestFile<TriggerManifest>,
  actions: ReadonlyMap<string, ActionManifest>,
  services: Services,
): ValidationError[] {
  const { manifest } = entry;
  const own = services.get(entry.connector)?.readers ?? {};
  const readers = [...new Set([...GENERAL_READERS, ...Object.keys(own)])];
  const isOne = manifest.sources === undefined;
  return [
    ...references(entry, '/every_seconds', manifest.every_seconds),
    ...checkWebhook(entry),
    ...sourcesOf(manifest).flatMap((source, index) => {
      const pointer = isOne ? '/source' : `/sources/${index}`;
      return [
        ...checkReader(entry, { source, pointer, readers }),
        ...checkSource(entry, { source, pointer, cursorAt: isOne ? '/cursor' : `${pointer}/cursor` }, actions),
      ];
    }),
  ];
}

function checkWebhook(entry: ManifestFile<TriggerManifest>): ValidationError[] {
  const { webhook, input } = entry.manifest;
  if (webhook === undefined) return [];
  const { signature, timestamp, accept, registration } = webhook;
  const field = (input.properties as Record<string, { type?: unknown; writeOnly?: unknown }>)[signature.secret];
  const isSecret = field?.writeOnly === true && field.type === 'string';
  const isAlways = Array.isArray(input.required) && input.required.includes(signature.secret);
  const isRequired = isAlways || (registration !== undefined && isOneRequired(input, signature.secret, registration));
  const validationErrors: ValidationError[] = [];
  if (!isSecret || !isRequired) {
    const unless =
      registration === undefined ? '' : ', unless each branch of anyOf requires it or all inputs of the registration';
    const message = `"${signature.secret}" must be a required input, a string with writeOnly${unless}: without a secret, anyone could start the workflow`;
    validationErrors.push(at(entry, '/webhook/signature/secret', message));
  }
  if (signature.content.includes('{timestamp}') !== (timestamp !== undefined)) {
    const message =
      'must contain {timestamp} if, and only if, "timestamp" says where it is: a time that is not signed proves nothing';
    validationErrors.push(at(entry, '/webhook/signature/content', message));
  }
  for (const reference of referencesOf(accept?.values))
    validationErrors.push(
      ...checkReference(entry, { pointer: '/webhook/accept/values', reference, scopes: ['input'] }),
    );
  return [...validationErrors, ...checkRegistration(entry, registration)];
}

function checkRegistration(
  entry: ManifestFile<TriggerManifest>,
  registration: WebhookManifest['registration'],
): ValidationError[] {
  if (registration === undefined) return [];
  const { input } = entry.manifest;
  const unknown = registration.inputs.flatMap((name, index) =>
    hasPath(input, name)
      ? []
      : [at(entry, `/webhook/registration/inputs/${index}`, unknownInput(entry.manifest, name))],
  );
  const missing = inputsOfPaths(registration).filter((name) => !registration.inputs.includes(name));
  const unlisted = missing.map((name) =>
    at(entry, '/webhook/registration/inputs', `must contain "${name}", which is part of a path`),
  );
  const parts = (['list', 'create', 'update', 'remove'] as const).flatMap((name) =>
    requestParts(`/webhook/registration/${name}/request`, registration[name].request, WEBHOOK_SCOPES),
  );
  const wrong = parts.flatMap(([pointer, template, scopes]) =>
    referencesOf(template).flatMap((reference) => {
      const [scope, name = ''] = reference.split('.');
      if (scope !== 'webhook' || WEBHOOK_VALUES.includes(name))
        return checkReference(entry, { pointer, reference, scopes });
      return [
        at(entry, pointer, `refers to "$${reference}"; of a webhook, only ${WEBHOOK_VALUES.join(', ')} are known`),
      ];
    }),
  );
  return [...unknown, ...unlisted, ...wrong];
}

function checkReader(
  entry: ManifestFile<TriggerManifest>,
  { source, pointer, readers }: { source: SourceManifest; pointer: string; readers: string[] },
): ValidationError[] {
  const { reader = 'rows' } = source;
  if (readers.includes(reader)) return [];
  const message = `names no reader: "${reader}"; there are ${readers.join(', ')} ("readers" in services/${entry.connector}/service.ts)`;
  return [at(entry, `${pointer}/reader`, message)];
}

function checkSource(
  entry: ManifestFile<TriggerManifest>,
  of: { source: SourceManifest; pointer: string; cursorAt: string },
  actions: ReadonlyMap<string, ActionManifest>,
): ValidationError[] {
  const { source, pointer, cursorAt } = of;
  const validationErrors = [
    ...references(entry, `${pointer}/action`, source.action),
    ...references(entry, `${pointer}/input`, source.input as Json),
    ...references(entry, cursorAt, (source.cursor ?? null) as unknown as Json),
  ];
  const inputs = [...Object.keys(source.when ?? {}), ...(source.identity ?? [])];
  for (const name of inputs) {
    if (!hasPath(entry.manifest.input, name))
      validationErrors.push(at(entry, pointer, unknownInput(entry.manifest, name)));
  }
  if (source.action.startsWith('$')) return validationErrors;
  const action = actions.get(source.action);
  if (action === undefined) {
    const message = `names no action: "${source.action}"${didYouMean(source.action, [...actions.keys()])}`;
    return [...validationErrors, at(entry, `${pointer}/action`, message)];
  }
  if (typeof source.input === 'object') {
    for (const name of Object.keys(source.input)) {
      if (!hasPath(action.input, name))
        validationErrors.push(at(entry, `${pointer}/input/${name}`, unknownInput(action, name)));
    }
  }
  return [...validationErrors, ...checkItems(entry, { cursor: source.cursor, cursorAt, action })];
}

function checkItems(
  entry: ManifestFile<TriggerManifest>,
  of: { cursor: CursorManifest | undefined; cursorAt: string; action: ActionManifest },
): ValidationError[] {
  const { cursor, cursorAt, action } = of;
  if (cursor === undefined || cursor.items.startsWith('$') || hasPath(action.output, cursor.items)) return [];
  return [at(entry, `${cursorAt}/items`, `"${cursor.items}" is not in the output of ${action.id}`)];
}

function references(
  entry: ManifestFile<TriggerManifest>,
  pointer: string,
  template: Json | undefined,
): ValidationError[] {
  return referencesOf(template).flatMap((reference) => checkReference(entry, { pointer, reference, scopes: SCOPES }));
}

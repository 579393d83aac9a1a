import { checkConnector } from './connector-checks.ts';
import type { ValidationError } from './errors.ts';
import { checkFields } from './field-checks.ts';
import type { ActionManifest, ConnectorManifest, Json } from './manifest.ts';
import type { ManifestFile, ManifestFiles } from './manifest-files.ts';
import { at, checkReference, requestParts, unknownInput } from './references.ts';
import { hasPath } from './schema-paths.ts';
import { NO_SERVICE, type Service, type Services } from './service.ts';
import { referencesOf } from './template.ts';
import { checkTrigger } from './trigger-checks.ts';

/** What a template at each place of a manifest may refer to. */
const SCOPES = {
  request: ['input', 'options', 'run', 'account'],
  await: ['input', 'options', 'run', 'account', 'start', 'last'],
  // Read once for the runs of a whole account.
  list: ['account'],
  result: ['input', 'options', 'run', 'account', 'start', 'last', 'items', 'pages'],
};

/** Compares manifests with their file names, with each other and with the code they name. Each error says what to do. */
export function checkManifests(files: ManifestFiles, services: Services): ValidationError[] {
  const validationErrors: ValidationError[] = [];
  const actions = new Map(files.actions.map(({ manifest }) => [manifest.id, manifest]));
  for (const entry of files.connectors) {
    validationErrors.push(...checkConnector(entry, files.connectors));
    if (entry.manifest.id !== entry.connector) {
      validationErrors.push(
        at(entry, '/id', `is "${entry.manifest.id}", but the folder is "${entry.connector}"; make them equal`),
      );
    }
  }
  for (const entry of files.actions)
    validationErrors.push(
      ...checkId(entry),
      ...checkBases(entry, files.connectors),
      ...checkAction(entry, services),
      ...checkFields(entry, actions),
    );
  for (const entry of files.triggers) {
    validationErrors.push(...checkId(entry), ...checkTrigger(entry, actions, services), ...checkFields(entry, actions));
  }
  return validationErrors;
}

function checkId(entry: ManifestFile<{ id: string }>): ValidationError[] {
  const expected = `${entry.connector}.${entry.name}`;
  if (entry.manifest.id === expected) return [];
  return [at(entry, '/id', `is "${entry.manifest.id}", but the file says "${expected}"; rename the one or the other`)];
}

/** Base URLs that requests name are those of the connector. */
function checkBases(
  entry: ManifestFile<ActionManifest>,
  connectors: readonly ManifestFile<ConnectorManifest>[],
): ValidationError[] {
  const { request, await: wait } = entry.manifest;
  const own = connectors.find(({ connector }) => connector === entry.connector);
  const known = Object.keys(own?.manifest.base_urls ?? {});
  const requests = [
    ['/request', request],
    ['/await/request', wait?.request],
    ['/await/cancel', wait?.cancel],
    ['/await/list/request', wait?.list?.request],
  ] as const;
  return requests.flatMap(([pointer, template]) => {
    const base = template?.base;
    if (base === undefined || known.includes(base)) return [];
    return [at(entry, `${pointer}/base`, `names no base URL: "${base}"; there are ${known.join(', ') || 'none'}`)];
  });
}

function checkAction(entry: ManifestFile<ActionManifest>, services: Services): ValidationError[] {
  const { manifest } = entry;
  const validationErrors = [
    ...checkCode(entry, services.get(entry.connector) ?? NO_SERVICE),
    ...checkReferences(entry),
  ];
  if (manifest.request === undefined) return validationErrors;
  for (const name of unusedInputs(manifest, services.get(entry.connector)?.chunks?.inputs)) {
    validationErrors.push(
      at(entry, `/input/properties/${name}`, `is never used; refer to it as "$input.${name}", or take it out`),
    );
  }
  for (const [index, name] of (manifest.pages?.manual ?? []).entries()) {
    if (!hasPath(manifest.input, name))
      validationErrors.push(at(entry, `/pages/manual/${index}`, unknownInput(manifest, name)));
  }
  const usesToken = referencesOf([manifest.request.body ?? null, manifest.request.headers ?? null]).includes(
    'run.token',
  );
  if ((manifest.effect === 'token') !== usesToken) {
    const remedy = usesToken ? 'set effect to "token"' : 'send "$run.token" with the request, or choose another effect';
    validationErrors.push(
      at(
        entry,
        '/effect',
        `is "${manifest.effect}", but the request ${usesToken ? 'sends' : 'does not send'} $run.token; ${remedy}`,
      ),
    );
  }
  return validationErrors;
}

function checkCode(entry: ManifestFile<ActionManifest>, service: Service): ValidationError[] {
  const { manifest } = entry;
  const validationErrors: ValidationError[] = [];
  const where = `services/${entry.connector}/service.ts`;
  const isCode = Object.hasOwn(service.actions ?? {}, manifest.id);
  if (isCode !== (manifest.request === undefined)) {
    const message = isCode
      ? `stands beside code for the same action; take it out, or take the id out of "actions" in ${where}`
      : `is missing: it is required, unless the action is code ("actions" in ${where})`;
    validationErrors.push(at(entry, '/request', message));
  }
  if (manifest.pages?.style === 'chunks' && service.chunks === undefined) {
    validationErrors.push(
      at(entry, '/pages/style', `is "chunks", which the service does not read; add "chunks" to ${where}`),
    );
  }
  const { shape } = manifest;
  const shapes = service.shapes ?? {};
  if (shape !== undefined && !Object.hasOwn(shapes, shape)) {
    const names = Object.keys(shapes).join(', ') || 'none';
    const message = `names no function: "${shape}"; there are ${names} ("shapes" in ${where})`;
    validationErrors.push(at(entry, '/shape', message));
  }
  return validationErrors;
}

function checkReferences(entry: ManifestFile<ActionManifest>): ValidationError[] {
  const { request, await: wait, pages, result, errors } = entry.manifest;
  const places: [pointer: string, template: Json | undefined, scopes: string[]][] = [
    ...requestParts('/request', request, SCOPES.request),
    ['/await/when', wait?.when, ['options', 'input']],
    ['/await/timeout_seconds', wait?.timeout_seconds, ['options']],
    ...requestParts('/await/request', wait?.request, SCOPES.await),
    ...requestParts('/await/cancel', wait?.cancel, SCOPES.await),
    ...requestParts('/await/list/request', wait?.list?.request, SCOPES.list),
    ['/await/list/of', wait?.list?.of, ['input', 'start']],
    ['/pages/limit', pages?.limit, ['input']],
    ['/result', result, SCOPES.result],
    ...(errors ?? []).map((rule, index): [string, Json | undefined, string[]] => [
      `/errors/${index}/result`,
      rule.result,
      ['input'],
    ]),
  ];
  return places.flatMap(([pointer, template, scopes]) =>
    referencesOf(template).flatMap((reference) => checkReference(entry, { pointer, reference, scopes })),
  );
}

function unusedInputs(manifest: ActionManifest, ofChunks: readonly string[] = []): string[] {
  const { request, pages } = manifest;
  const usesAll = request!.query === '*' || request!.body === '*';
  const used = new Set<string>([...(pages?.manual ?? []), ...(pages?.style === 'chunks' ? ofChunks : [])]);
  const inPaths = JSON.stringify([request!.path, manifest.await ?? null]).matchAll(/\{\+?input\.([A-Za-z0-9_]+)/g);
  for (const match of inPaths) used.add(match[1]!);
  const { examples: _examples, input: _input, output: _output, ...rest } = manifest;
  for (const reference of referencesOf(rest as unknown as Json)) used.add(reference.split('.')[1] ?? '');
  return usesAll ? [] : Object.keys(manifest.input.properties as object).filter((name) => !used.has(name));
}

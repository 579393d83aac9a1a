import type { JsonObject, Manifests } from '../../connector/manifest.ts';
import { readConfig } from '../../engine/process/config.ts';
import type { Serving } from '../http/serving.ts';
import { QUEUE_BOARD } from '../queue-board.ts';
import { routesOf } from '../routes.ts';
import { buildOpenApi, describeApi } from './openapi.ts';

/** OpenAPI as it is checked in under docs/reference: of the defaults and the connectors that are shipped, the same on every machine. */
export function openApiFile(manifests: Manifests): string {
  const config = readConfig({});
  // Routes touch nothing else before a request comes, and none comes.
  const serving = { ctx: { config, manifests } } as unknown as Serving;
  const routes = [...routesOf(serving), QUEUE_BOARD];
  return toText(buildOpenApi([...routes, describeApi(routes, serving.ctx)], config.publicUrl));
}

function toText(document: JsonObject): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

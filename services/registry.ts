import type { Services } from '../connector/service.ts';
import { core } from './core/service.ts';
import { databricks } from './databricks/service.ts';
import { github } from './github/service.ts';
import { http } from './http/service.ts';
import { postgres } from './postgres/service.ts';
import { s3 } from './s3/service.ts';
import { slack } from './slack/service.ts';
// Declares members of `Service`.
import '../triggers/service.ts';
import './webhook-service.ts';

/** The connectors that are shipped, and the meta-schemas. */
export const MANIFESTS = new URL('../manifests/', import.meta.url);

/** The services that have code, by the id of their connector; handed to `loadManifests`. */
export const SERVICES: Services = new Map([
  ['core', core],
  ['databricks', databricks],
  ['github', github],
  ['http', http],
  ['postgres', postgres],
  ['s3', s3],
  ['slack', slack],
]);

import type { ActionManifest, Json, JsonObject } from '../../connector/manifest.ts';

/** The human part of one field. */
export interface FieldText {
  title?: string;
  description?: string;
  options?: JsonObject;
  widget?: string;
  /** Shown only when another field has one of these values. */
  when?: JsonObject;
  examples?: Json[];
  /** Further JSON Schema keywords, laid over what the facts say; null takes a keyword out. */
  schema?: JsonObject;
}

/** `Task.task_key` (a definition's field) or `task_key` (wherever it stands). */
export type FieldTexts = { [name: string]: FieldText | string };

/** The human part of one action; everything else comes from the facts. */
export interface Overlay {
  /** The id without its connector. */
  name: string;
  /** The operation in the facts. */
  op: string;
  title: string;
  description: string;
  /** After https://docs.databricks.com/api/workspace/ */
  docs: string;
  effect: ActionManifest['effect'];
  grants?: string[];
  /** Fields that most people need, in order; all others are `advanced`. */
  main: string[];
  /** Required although the facts do not say so. */
  required?: string[];
  /** Texts that hold for this action only. */
  fields?: FieldTexts;
  /** Inputs of our own that are no REST field; `main` orders them too. */
  own?: JsonObject;
  /** Rules between fields, at the root of the input. */
  rules?: JsonObject;
  /** Sent instead of, or beside, the REST field of the same name. */
  send?: JsonObject;
  /** The action is code (`actions` of the service): the manifest has no request. */
  code?: true;
  /** An operation whose body fields can be given too. */
  also?: string;
  /** The body, where it is not the fields as they are. */
  body?: Json;
  options?: JsonObject;
  await?: ActionManifest['await'];
  pages?: ActionManifest['pages'];
  result?: Json;
  shape?: ActionManifest['shape'];
  /** Properties of the output in front of what the facts say; null takes one out. */
  output?: JsonObject;
  /** Use only `output`, nothing of the facts. */
  ownOutput?: boolean;
  errors?: ActionManifest['errors'];
  examples: ActionManifest['examples'];
}

/** The actions of one group of the API. */
export interface OverlayGroup {
  /** The facts file. */
  facts: string;
  /** As forms and documentation name it. */
  group: string;
  fields?: FieldTexts;
  actions: Overlay[];
}

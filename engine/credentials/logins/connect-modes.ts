import { addressFields } from '../../../connector/base-urls.ts';
import type { Connector, JsonObject } from '../../../connector/manifest.ts';

/** One way to connect, as a page shows it. */
export interface ConnectModeView {
  id: string;
  title: string;
  description?: string;
  /** The person signs in at the service; there is nothing to fill in. */
  isLogin: boolean;
  fields: ConnectFieldView[];
}

/** One field of a form. */
export interface ConnectFieldView {
  name: string;
  title: string;
  description?: string;
  kind: 'text' | 'password' | 'date' | 'url' | 'key';
  isOptional: boolean;
  example?: string;
}

/** What a person fills in for these kinds. A renewal asks for the secret alone; an address that is fixed is not asked for. */
export function connectModes(
  connector: Connector,
  of: { kinds: readonly string[]; renews: boolean; hasHost: boolean },
): ConnectModeView[] {
  const addresses = addressFields(connector.manifest);
  return of.kinds.flatMap((kind) => {
    const mode = connector.modes.get(kind);
    if (mode === undefined) return [];
    const { title, description } = mode.manifest;
    const schema = (of.renews ? mode.replace : mode.create).schema;
    const properties = schema.properties as Record<string, JsonObject>;
    const names = Object.keys(properties).filter(
      (name) => ![...OWN, ...(of.hasHost ? addresses : [])].includes(name) && isAsked(properties[name]!),
    );
    const required = (schema.required ?? []) as string[];
    return [
      {
        id: kind,
        title,
        ...(description === undefined ? {} : { description }),
        isLogin: mode.family === 'login',
        fields: names.map((name) =>
          fieldOf(name, properties[name]!, { addresses, isOptional: !required.includes(name) }),
        ),
      },
    ];
  });
}

const OWN = ['name', 'kind', 'test'];

/** Forms give texts. */
function isAsked(schema: JsonObject): boolean {
  return schema.type === 'string' && (schema['x-ui'] as JsonObject | undefined)?.level !== 'advanced';
}

function fieldOf(
  name: string,
  { title, description, writeOnly, format, examples, 'x-ui': ui }: JsonObject,
  of: { addresses: readonly string[]; isOptional: boolean },
): ConnectFieldView {
  const isKey = (ui as JsonObject | undefined)?.widget === 'textarea';
  const example = (examples as string[] | undefined)?.[0];
  return {
    name,
    title: String(title),
    ...(description === undefined ? {} : { description: String(description) }),
    kind: isKey
      ? 'key'
      : writeOnly === true
        ? 'password'
        : format === 'date-time'
          ? 'date'
          : of.addresses.includes(name)
            ? 'url'
            : 'text',
    isOptional: of.isOptional,
    ...(example === undefined ? {} : { example }),
  };
}

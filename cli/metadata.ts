import { type Call, type OptionSpec, optionList } from './command.ts';
import { pairsOf } from './fields.ts';

/** Of commands that make something with metadata. */
export const METADATA_OPTION: OptionSpec = {
  flags: '--metadata <key=value>',
  text: 'your own data: a key and its text (repeatable)',
  isList: true,
};

/** Of lists of what has metadata. */
export const METADATA_FILTER_OPTION: OptionSpec = {
  flags: '--metadata <key=value>',
  text: 'only those with this metadata (repeatable)',
  isList: true,
};

/** What was given as `--metadata KEY=VALUE`; undefined for none. @throws UsageError */
export function metadataOf(call: Call): Record<string, string> | undefined {
  const given = pairsOf('--metadata', optionList(call, 'metadata'), 'Such as --metadata customer=acme.');
  return Object.keys(given).length === 0 ? undefined : given;
}

/** The same as parameters of a query. @throws UsageError */
export function metadataQuery(call: Call): Record<string, string> {
  const entries = Object.entries(metadataOf(call) ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [`metadata[${key}]`, value]));
}

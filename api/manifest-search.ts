import type { JsonObject } from '../connector/manifest.ts';

/** Query parameters of the lists of actions and triggers. */
export const MANIFEST_FILTER: JsonObject = {
  connector: { title: 'Connector', type: 'string', description: 'Id of a connector.' },
  group: { title: 'Group', type: 'string', description: 'Name of a group, as shown in the items.' },
  search: {
    title: 'Search',
    type: 'string',
    maxLength: 200,
    description: 'Words that must all occur in the id, title, group or description.',
  },
};

/** What MANIFEST_FILTER lets through. */
export interface ManifestFilter {
  connector?: string;
  group?: string;
  search?: string;
}

interface Entry {
  id: string;
  connector: string;
  title: string;
  group: string;
  description: string;
}

/** The entries that fit the query; the order stays. Words are compared without regard to case. */
export function searchManifests<T extends Entry>(entries: readonly T[], query: ManifestFilter): T[] {
  const words = (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((entry) => {
    if (query.connector !== undefined && entry.connector !== query.connector) return false;
    if (query.group !== undefined && entry.group.toLowerCase() !== query.group.toLowerCase()) return false;
    const text = `${entry.id} ${entry.title} ${entry.group} ${entry.description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

import type { Catalog } from '../../data/catalog.ts';
import { EFFECTS, type Effect } from './effect.tsx';

/** An action or a trigger, as connectors list both. */
export interface Entry {
  id: string;
  kind: 'action' | 'trigger';
  connector: string;
  connectorTitle: string;
  title: string;
  group: string;
  description: string;
  effect: Effect | undefined;
  isDestructive: boolean;
}

export interface EntryFilter {
  q?: string | undefined;
  connector?: string | undefined;
  effect?: string | undefined;
}

/** All of them: by connector, then by group, actions before triggers. */
export function entriesOf({ connectors, actions, triggers }: Catalog): Entry[] {
  const titleOf = (id: string) => connectors.find((each) => each.id === id)?.title ?? id;
  const common = ({
    id,
    connector,
    title,
    group,
    description,
  }: Catalog['triggers'][number] | Catalog['actions'][number]) => ({
    id,
    connector,
    connectorTitle: titleOf(connector),
    title,
    group,
    description,
  });
  return [
    ...actions.map(
      (action): Entry => ({
        ...common(action),
        kind: 'action',
        effect: action.effect,
        isDestructive: action.destructive,
      }),
    ),
    ...triggers.map(
      (trigger): Entry => ({ ...common(trigger), kind: 'trigger', effect: undefined, isDestructive: false }),
    ),
  ];
}

/** The entries that fit: every word occurs in title, description, group, id or connector. Titles with the words come first. */
export function filterEntries(entries: readonly Entry[], { q = '', connector, effect }: EntryFilter): Entry[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = entries.filter((entry) => {
    if (connector !== undefined && entry.connector !== connector) return false;
    if (!fitsEffect(entry, effect)) return false;
    const { title, description, group, id, connectorTitle } = entry;
    const text = `${title} ${description} ${group} ${id} ${connectorTitle}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const inTitle = ({ title }: Entry) => words.every((word) => title.toLowerCase().includes(word));
  return words.length === 0 ? fitting : [...fitting.filter(inTitle), ...fitting.filter((entry) => !inTitle(entry))];
}

function fitsEffect({ kind, effect, isDestructive }: Entry, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  if (wanted === 'trigger') return kind === 'trigger';
  if (wanted === 'destructive') return isDestructive;
  return effect === wanted;
}

/** Values of the filter by effect. */
export const EFFECT_OPTIONS = [
  ...Object.entries(EFFECTS).map(([id, { word }]) => ({ id, text: word })),
  { id: 'destructive', text: 'Destructive' },
  { id: 'trigger', text: 'Starts workflows' },
];

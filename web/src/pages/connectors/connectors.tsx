import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useRef } from 'react';
import { Button } from '../../components/button.tsx';
import { ChoiceChip } from '../../components/chip.tsx';
import { countText } from '../../components/count-text.ts';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { catalogQuery } from '../../data/catalog.ts';
import { useKeys } from '../../frame/keys.ts';
import { ConnectorIcon } from './connector-icon.tsx';
import { EFFECT_OPTIONS, entriesOf, filterEntries } from './entries.ts';
import { EntryGrid } from './entry-grid.tsx';

const route = getRouteApi('/frame/connectors');

/** What can be connected, and every action and trigger, by search. */
export function ConnectorsPage() {
  const catalog = useQuery(catalogQuery);
  if (catalog.isError) {
    return (
      <Page title="Connectors">
        <ErrorState error={catalog.error} onRetry={() => catalog.refetch()} />
      </Page>
    );
  }
  if (catalog.isPending) {
    return (
      <Page title="Connectors">
        <Skeleton lines={8} />
      </Page>
    );
  }
  const { connectors } = catalog.data;
  if (connectors.length === 0) {
    return (
      <Page title="Connectors">
        <EmptyState title="No connectors">The folder "manifests" of the server has none.</EmptyState>
      </Page>
    );
  }
  return (
    <Page title="Connectors" fills>
      <ul className="connector-list">
        {connectors.map((connector) => (
          <li key={connector.id}>
            <Link to="/connectors/$id" params={{ id: connector.id }} search={{}} className="connector-card">
              <ConnectorIcon connector={connector} size={28} />
              <span>
                <strong>{connector.title}</strong>
                <span className="soft small">
                  {countText(connector.actions, 'action')}, {countText(connector.triggers, 'trigger')}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <CatalogSearch />
    </Page>
  );
}

function CatalogSearch() {
  const { q, connector, effect } = route.useSearch();
  const navigate = useNavigate();
  const { data } = useQuery(catalogQuery);
  const field = useRef<HTMLInputElement>(null);
  useKeys([{ keys: 'f', label: 'Search the connectors', run: () => field.current?.focus() }]);
  const entries = useMemo(() => (data === undefined ? [] : entriesOf(data)), [data]);
  const shown = useMemo(() => filterEntries(entries, { q, connector, effect }), [entries, q, connector, effect]);
  const set = (change: { q?: string | undefined; connector?: string | undefined; effect?: string | undefined }) =>
    navigate({ to: '.', replace: true, search: (before) => ({ ...before, ...change }) });
  return (
    <>
      <div className="chips" role="search" aria-label="Actions and triggers">
        <input
          ref={field}
          type="search"
          className="input catalog-search"
          aria-label="Search actions and triggers"
          placeholder="Search actions and triggers"
          value={q ?? ''}
          onChange={({ target }) => set({ q: target.value === '' ? undefined : target.value })}
        />
        <ChoiceChip
          label="Connector"
          value={connector}
          onChange={(value) => set({ connector: value })}
          options={(data?.connectors ?? []).map(({ id, title }) => ({ id, text: title }))}
        />
        <ChoiceChip
          label="Effect"
          value={effect}
          onChange={(value) => set({ effect: value })}
          options={EFFECT_OPTIONS}
        />
        <span className="soft small" role="status">
          {shown.length.toLocaleString()} of {entries.length.toLocaleString()}
        </span>
      </div>
      {shown.length === 0 ? (
        <EmptyState
          title="Nothing has these words"
          actions={
            <Button onPress={() => set({ q: undefined, connector: undefined, effect: undefined })}>Show all</Button>
          }
        >
          <p>Titles, descriptions, groups and connectors are searched; every word must occur.</p>
        </EmptyState>
      ) : (
        <EntryGrid label="Actions and triggers" entries={shown} connectors={data?.connectors ?? []} />
      )}
    </>
  );
}

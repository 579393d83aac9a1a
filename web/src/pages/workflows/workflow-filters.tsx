import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { WorkflowSummary } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import { ChoiceChip, TextChip } from '../../components/chip.tsx';
import { lookOf, StatusBadge } from '../../components/status-badge.tsx';
import { triggersQuery } from '../../data/catalog.ts';
import { TRIGGER_STATES } from './trigger-state.ts';

const route = getRouteApi('/frame/workflows');
type Search = ReturnType<typeof route.useSearch>;

const STATES = TRIGGER_STATES.map((id) => ({ id, text: lookOf(id).word, shown: <StatusBadge status={id} /> }));

/** Whether the list is narrowed by anything, the account of the header included. */
export function isFiltered({ q, state, trigger, account }: Search): boolean {
  return [q, state, trigger, account].some((value) => value !== undefined);
}

/** The filters of the list of workflows; each is a query parameter. */
export function WorkflowFilters({ workflows }: { workflows: readonly WorkflowSummary[] }) {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { data: triggers = [] } = useQuery(triggersQuery);
  const set = (name: keyof Search) => (value: string | undefined) =>
    navigate({ to: '/workflows', search: (before) => ({ ...before, [name]: value }) });
  // A workflow that is only a draft has no trigger yet.
  const ids = workflows.flatMap(({ trigger }) => trigger.id ?? []);
  const used = [...new Set(ids)].map((id) => ({
    id,
    text: triggers.find((each) => each.id === id)?.title ?? id,
  }));
  return (
    <div className="chips" role="toolbar" aria-label="Filters">
      <TextChip label="Name" value={search.q} onChange={set('q')} hint="Part of the name" />
      <ChoiceChip label="State" value={search.state} onChange={set('state')} options={STATES} />
      <ChoiceChip label="Trigger" value={search.trigger} onChange={set('trigger')} options={used} />
      {[search.q, search.state, search.trigger].some((value) => value !== undefined) && (
        <Button
          kind="quiet"
          onPress={() =>
            navigate({ to: '/workflows', search: ({ account }) => (account === undefined ? {} : { account }) })
          }
        >
          Clear
        </Button>
      )}
    </div>
  );
}

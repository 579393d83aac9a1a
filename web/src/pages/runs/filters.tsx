import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from '../../components/button.tsx';
import { ChoiceChip, TextChip } from '../../components/chip.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { workflowsQuery } from '../../data/workflows.ts';

const route = getRouteApi('/frame/runs');
type Search = ReturnType<typeof route.useSearch>;

const STATUSES = [
  ['queued', 'Queued'],
  ['running', 'Running'],
  ['waiting', 'Waiting'],
  ['succeeded', 'Succeeded'],
  ['failed', 'Failed'],
  ['canceled', 'Canceled'],
].map(([id, text]) => ({ id: id!, text: text!, shown: <StatusBadge status={id!} /> }));

/** The filters of the list of runs; each is a query parameter. */
export function RunFilters() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { data: workflows = [] } = useQuery(workflowsQuery);
  const set = (name: keyof Search) => (value: string | undefined) =>
    navigate({ to: '/runs', search: (before) => ({ ...before, [name]: value }) });
  const names = workflows.map(({ name }) => ({ id: name, text: name }));
  const { account: _account, ...own } = search;
  return (
    <div className="chips" role="toolbar" aria-label="Filters">
      <ChoiceChip label="Status" value={search.status} onChange={set('status')} options={STATUSES} />
      <ChoiceChip label="Workflow" value={search.workflow} onChange={set('workflow')} options={names} />
      <TextChip
        label="Action"
        value={search.action}
        onChange={set('action')}
        hint="An id: databricks.execute_statement"
      />
      <TextChip label="Error code" value={search.code} onChange={set('code')} hint="Of Penstock or of the service" />
      <TextChip label="Id" value={search.q} onChange={set('q')} hint="The beginning of a run's id" />
      <TextChip label="From" type="time" value={search.from} onChange={set('from')} />
      <TextChip label="To" type="time" value={search.to} onChange={set('to')} />
      {search.cause !== undefined && (
        <TextChip label="Cause" value={search.cause} onChange={set('cause')} hint="From the page Home" />
      )}
      <Button kind="quiet" onPress={() => set('group')(search.group === undefined ? 'error' : undefined)}>
        {search.group === undefined ? 'Group by error' : 'Show runs'}
      </Button>
      {Object.keys(own).length > 0 && (
        <Button
          kind="quiet"
          onPress={() => navigate({ to: '/runs', search: ({ account }) => (account === undefined ? {} : { account }) })}
        >
          Clear
        </Button>
      )}
    </div>
  );
}

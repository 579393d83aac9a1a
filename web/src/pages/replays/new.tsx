import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type BulkReplay, type BulkReplayPreview, type CreateBulkReplayData, createBulkReplay } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { countText } from '../../components/count-text.ts';
import { Field } from '../../components/field.tsx';
import { FormScope, OtherErrors } from '../../components/form.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { RadioChoice } from '../../components/radio.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ApiError, ask } from '../../data/api-error.ts';
import { stringifyExact } from '../../data/json.ts';
import { filterOf, RUN_SEARCH } from '../runs/run-filter.ts';
import { BulkOutside, BulkRuns } from './bulk-preview.tsx';

const route = getRouteApi('/frame/replays/new');
type Body = CreateBulkReplayData['body'];

const DEFAULT_RATE = '10';

/** What a replay of many runs would do, before it is sent: selected ones, or all that match a filter. */
export function NewReplayPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const [rate, setRate] = useState(DEFAULT_RATE);
  const selected = search.runs?.split(',');
  const filter: Body['filter'] = { ...filterOf(search), ...(selected && { runs: selected }) };
  const body: Body = {
    filter,
    from: search.what === 'start' ? 'start' : 'failed',
    version: search.version === 'newest' ? 'newest' : 'same',
  };
  const preview = useQuery({
    queryKey: ['bulk-replay-preview', stringifyExact(body)],
    queryFn: async ({ signal }) => (await ask(createBulkReplay({ body, signal }))) as BulkReplayPreview,
    enabled: Object.keys(filter).length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    placeholderData: keepPreviousData,
  });
  const send = useAct(
    async (confirmed: Body, headers) => (await ask(createBulkReplay({ body: confirmed, headers }))) as BulkReplay,
    ({ id }) => navigate({ to: '/replays/$id', params: { id }, search: {} }),
  );
  const set = (changes: Partial<typeof search>) => {
    send.reset();
    void navigate({ to: '.', replace: true, search: (before) => ({ ...before, ...changes }) });
  };
  const lookAgain = () => {
    send.reset();
    void preview.refetch();
  };
  const shown = preview.data;
  const isChanged = send.error instanceof ApiError && send.error.status === 409;
  const isCurrent = !preview.isFetching && !preview.isPlaceholderData;
  const perSecond = Number(rate);
  return (
    <Page title="Replay runs">
      {Object.keys(filter).length === 0 && (
        <Notice state="waiting">
          No run is selected. <Link to="/runs">Select runs, or filter them.</Link>
        </Notice>
      )}
      <FormScope className="replay-layout" error={send.error}>
        <div className="replay-choices">
          <Scope search={search} selected={selected} />
          <RadioChoice
            label="What to run"
            value={body.from === 'start' ? 'start' : 'failed'}
            onChange={(what) => set({ what: what === 'failed' ? undefined : what })}
            options={[
              { id: 'start', text: 'All steps' },
              { id: 'failed', text: 'Failed steps', hint: 'Only of workflows: their outputs so far are reused.' },
            ]}
            pointer="/from"
          />
          <RadioChoice
            label="With which version"
            value={body.version ?? 'same'}
            onChange={(version) => set({ version: version === 'same' ? undefined : version })}
            options={[
              { id: 'same', text: 'Same', hint: 'Each with the version of its run.' },
              { id: 'newest', text: 'Newest', hint: 'The version that is published now.' },
            ]}
            pointer="/version"
          />
          <Field
            label="Runs per second"
            hint="1 to 100."
            value={rate}
            onChange={setRate}
            error={perSecond >= 1 && perSecond <= 100 ? undefined : 'From 1 to 100.'}
            pointer="/per_second"
          />
        </div>
        <div className="replay-shown" aria-busy={!isCurrent}>
          {preview.isError && <ErrorState error={preview.error} onRetry={lookAgain} />}
          {preview.isFetching && shown === undefined && <Skeleton lines={8} />}
          {shown !== undefined && !preview.isError && (
            <>
              {selected !== undefined && shown.total < selected.length && (
                <Notice state="waiting">
                  {(selected.length - shown.total).toLocaleString()} of {selected.length.toLocaleString()} selected runs
                  are left out: they have not ended, were replayed already, or do not match.
                </Notice>
              )}
              <BulkOutside preview={shown} />
              <BulkRuns preview={shown} />
            </>
          )}
          {isChanged ? (
            <div role="alert">
              <Notice state="waiting">
                <div className="stack">
                  <p>
                    <strong>Nothing was replayed.</strong> {(send.error as ApiError).problem.detail}
                  </p>
                  <div>
                    <Button onPress={lookAgain}>Look again</Button>
                  </div>
                </div>
              </Notice>
            </div>
          ) : (
            <OtherErrors />
          )}
          {shown !== undefined && !preview.isError && (
            <div className="replay-send">
              <Button
                kind="primary"
                icon="refresh"
                isPending={send.isPending}
                isDisabled={!isCurrent || shown.total === 0 || isChanged || !(perSecond >= 1 && perSecond <= 100)}
                onPress={() => send.mutate({ ...body, confirm: shown.confirm, per_second: perSecond })}
              >
                Replay {countText(shown.total, 'run')}
              </Button>
              <Link to="/runs" search={({ runs: _, what: __, version: ___, ...rest }) => rest} className="button">
                Close
              </Link>
              {shown.total === 0 && <span className="soft">No run would be replayed.</span>}
            </div>
          )}
        </div>
      </FormScope>
    </Page>
  );
}

/** Which runs are meant, in words. */
function Scope({ search, selected }: { search: ReturnType<typeof route.useSearch>; selected?: readonly string[] }) {
  const given = [...RUN_SEARCH, 'account' as const].flatMap((name) =>
    search[name] === undefined ? [] : [[name, search[name]] as const],
  );
  return (
    <section className="stack" aria-label="Which runs">
      <h2>Which runs</h2>
      {selected !== undefined && <p>{selected.length.toLocaleString()} selected</p>}
      {given.length > 0 && (
        <dl className="facts">
          {given.map(([name, value]) => (
            <div key={name} style={{ display: 'contents' }}>
              <dt>{NAMES[name]}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className="soft small">Runs that have not ended or were replayed already are left out.</p>
    </section>
  );
}

const NAMES = {
  status: 'Status',
  code: 'Error code',
  cause: 'Cause',
  workflow: 'Workflow',
  action: 'Action',
  from: 'From',
  to: 'To',
  q: 'Id',
  account: 'Account',
} as const;

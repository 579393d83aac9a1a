import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { deleteStepSample, getRun, listRuns, type Run, saveStepSample, testWorkflowStep } from 'penstock-client';
import { useEffect, useState } from 'react';
import type { Place } from '../../builder/document.ts';
import { effectText } from '../../builder/outside.ts';
import { Button } from '../../components/button.tsx';
import { FormScope, OtherErrors } from '../../components/form.tsx';
import { JsonTree } from '../../components/json-tree.tsx';
import { Notice } from '../../components/notice.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { useCan } from '../../data/me.ts';
import { useBuilder } from './builder-context.ts';
import { useCatalog } from './catalog.ts';
import { Choice } from './choice.tsx';
import { InputEditor } from './input-editor.tsx';
import { lastTestKey, sampleQuery } from './step-data.ts';

const POLL_MS = 1_000;
const SHOWN_RUNS = 10;
const PINNED = '';

/** Runs one step of the draft by itself, after it has said what that does outside; and its sample data. */
export function TestTab({ place }: { place: Place }) {
  const { workflow, saver } = useBuilder();
  const { actions } = useCatalog();
  const canTest = useCan('POST /v1/workflows/{id}/test_step');
  const [data, setData] = useState(PINNED);
  const [item, setItem] = useState<unknown>();
  const [started, setStarted] = useState<string>();
  const runs = useQuery({
    queryKey: ['runs', 'of', workflow.id],
    queryFn: ({ signal }) => ask(listRuns({ query: { workflow: workflow.id, limit: SHOWN_RUNS }, signal })),
  });
  const isLoop = place.step.for_each !== undefined;
  const test = useAct(
    async (input: { run: string; item: unknown }, headers) => {
      const state = await saver.store();
      if (state.kind !== 'saved') throw new Error('The draft is not saved yet, and the test would be of an older one.');
      const body = {
        step: place.id,
        draft: true,
        ...(input.run === PINNED ? {} : { run: input.run }),
        ...(input.item === undefined ? {} : { item: input.item }),
      };
      return ask(testWorkflowStep({ path: { id: workflow.id }, body, headers: { ...headers, Prefer: 'wait=5' } }));
    },
    ({ id }) => setStarted(id),
  );
  const own = actions?.get(String(place.step.action));
  if (place.id === '') return <p className="soft">Give the step an id in the settings first.</p>;
  return (
    <div className="stack">
      {canTest && (
        <FormScope className="stack" error={test.error}>
          <Choice
            label="Data of the steps before"
            value={data}
            onChange={setData}
            pointer="/run"
            options={[
              { value: PINNED, text: 'Samples pinned to the steps' },
              ...(runs.data?.items ?? []).map((run) => ({
                value: run.id,
                text: `Run of ${new Date(run.created_at).toLocaleString()}, ${run.status}`,
              })),
            ]}
          />
          {isLoop && (
            <>
              <p className="small">The step is a loop: the test runs it for this one item.</p>
              <InputEditor
                key={`${place.key} item`}
                label="Item as JSON"
                value={item}
                onChange={setItem}
                isReadOnly={false}
                pointer="/item"
              />
            </>
          )}
          <Notice state={own?.effect === 'safe' ? 'queued' : 'waiting'}>
            <strong>What happens outside. </strong>
            {actions === undefined ? 'The actions are being loaded.' : effectText(own)}
          </Notice>
          <div className="row">
            <Button
              kind="primary"
              icon="runs"
              isPending={test.isPending}
              isDisabled={actions === undefined}
              onPress={() => test.mutate({ run: data, item })}
            >
              Test step
            </Button>
          </div>
          <OtherErrors />
          {started !== undefined && <TestResult id={started} place={place} />}
        </FormScope>
      )}
      <Sample step={place.id} label={`Sample of ${place.id} as JSON`} />
    </div>
  );
}

function TestResult({ id, place }: { id: string; place: Place }) {
  const pin = usePin(place.id);
  const canPin = useCan('PUT /v1/workflows/{id}/draft/samples/{step}');
  const { workflow } = useBuilder();
  const queries = useQueryClient();
  const run = useQuery({
    queryKey: ['run', id],
    queryFn: ({ signal }) => ask(getRun({ path: { id }, signal })),
    refetchInterval: ({ state }) => (state.data?.finished_at === undefined ? POLL_MS : false),
  });
  const output = run.data?.status === 'succeeded' ? run.data.output : undefined;
  // A loop gives the outputs of its items; the test ran one of them.
  const given = place.step.for_each === undefined || output === undefined ? output : { items: [output] };
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is given is new with each render; the run says when it changes
  useEffect(() => {
    if (given === undefined) return;
    queries.setQueryData(lastTestKey(workflow.id, place.id), { value: given });
    void queries.invalidateQueries({ queryKey: ['sample', workflow.id, place.id] });
  }, [run.data, queries, workflow.id, place.id]);
  if (run.isError) return <ErrorState error={run.error} onRetry={() => run.refetch()} />;
  if (run.isPending) return <Skeleton />;
  return (
    <section className="card" aria-label="Result of the test">
      <div className="row" role="status">
        <StatusBadge status={runStatus(run.data)} />
        <Link to="/runs/$id" params={{ id }} search={{}}>
          Open the run
        </Link>
      </div>
      <Result run={run.data} />
      {canPin && given !== undefined && (
        <div className="row">
          <Button isPending={pin.isPending} onPress={() => pin.mutate(given)}>
            Pin as sample
          </Button>
          {pin.isSuccess && <span role="status">Pinned: tests of later steps read it.</span>}
        </div>
      )}
      {pin.isError && <ErrorState error={pin.error} />}
    </section>
  );
}

function Result({ run }: { run: Run }) {
  if (run.error !== undefined) {
    return (
      <Notice state="failed">
        <strong>{run.error.code}</strong> {run.error.message} {run.error.hint}
      </Notice>
    );
  }
  if (run.finished_at === undefined) return <p className="soft">It has not ended yet.</p>;
  return run.output === undefined ? <p className="soft">It has no output.</p> : <JsonTree value={run.output} />;
}

function usePin(step: string) {
  const { workflow } = useBuilder();
  const queries = useQueryClient();
  return useAct(
    (value: unknown, headers) => ask(saveStepSample({ path: { id: workflow.id, step }, body: { value }, headers })),
    () => queries.invalidateQueries({ queryKey: ['sample', workflow.id, step] }),
  );
}

/** The value that stands for the output of a step in tests. It is no part of the workflow. */
export function Sample({ step, label }: { step: string; label: string }) {
  const { workflow } = useBuilder();
  const queries = useQueryClient();
  const canPin = useCan('PUT /v1/workflows/{id}/draft/samples/{step}');
  const [typed, setTyped] = useState<{ value: unknown }>();
  const pin = usePin(step);
  const { queryKey: key, ...query } = sampleQuery(workflow.id, step);
  const sample = useQuery({ queryKey: key, ...query });
  const remove = useAct(
    (_: string, headers) => ask(deleteStepSample({ path: { id: workflow.id, step }, headers })),
    () => {
      setTyped(undefined);
      return queries.invalidateQueries({ queryKey: key });
    },
  );
  if (sample.isError) return <ErrorState error={sample.error} onRetry={() => sample.refetch()} />;
  if (sample.isPending) return <Skeleton />;
  return (
    <section className="stack" aria-label="Sample data">
      <h3>Sample data</h3>
      <p className="soft small">
        {sample.data === null
          ? 'No sample is pinned. Later steps read nothing here in a test with samples.'
          : 'Pinned: tests with samples read this in place of a run. '}
        {sample.data !== null && <TimeText at={sample.data.updated_at} />}
      </p>
      <FormScope className="stack" error={pin.error}>
        <InputEditor
          key={`${step} ${sample.data?.updated_at ?? ''}`}
          label={label}
          value={typed === undefined ? sample.data?.value : typed.value}
          onChange={(value) => setTyped({ value })}
          isReadOnly={!canPin}
          pointer="/value"
        />
        {canPin && (
          <div className="row">
            {typed !== undefined && (
              <Button isPending={pin.isPending} onPress={() => pin.mutate(typed.value)}>
                Save sample
              </Button>
            )}
            {sample.data !== null && (
              <Button
                kind="quiet"
                isPending={remove.isPending}
                onPress={() => remove.mutate(sample.data?.updated_at ?? '')}
              >
                Remove sample
              </Button>
            )}
          </div>
        )}
        <OtherErrors />
      </FormScope>
      {remove.isError && <ErrorState error={remove.error} />}
    </section>
  );
}

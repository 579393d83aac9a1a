import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { getRun, type ReplayPreview, type Run, replayRun } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import { countText } from '../../components/count-text.ts';
import { FormScope, OtherErrors } from '../../components/form.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { useAct } from '../../data/act.ts';
import { ApiError, ask } from '../../data/api-error.ts';
import { stringifyExact } from '../../data/json.ts';
import { useCan } from '../../data/me.ts';
import { useRunName } from '../runs/run-name.tsx';
import { ReplayChoices, whyNotEdited } from './choices.tsx';
import { useEditedInput } from './edited-input.ts';
import { DifferencesPart, OutsidePart, StepsPart, stepsThatRun } from './preview.tsx';
import { choiceOf, type ReplayBody, whatOf } from './request.ts';

const route = getRouteApi('/frame/runs/$id/replay');

/** What a replay of one run would do, before it is sent. */
export function ReplayRunPage() {
  const { id } = route.useParams();
  const run = useQuery({ queryKey: ['run', id], queryFn: ({ signal }) => ask(getRun({ path: { id }, signal })) });
  const nameOf = useRunName();
  if (run.isError) {
    return (
      <Page title="Replay run">
        <ErrorState error={run.error} onRetry={() => run.refetch()} />
      </Page>
    );
  }
  if (run.isPending) return <Skeleton lines={8} />;
  return (
    <Page
      title="Replay run"
      beside={
        <span className="row">
          <Link to="/runs/$id" params={{ id }} search={{}}>
            {nameOf(run.data)}
          </Link>
          <StatusBadge status={runStatus(run.data)} />
        </span>
      }
    >
      {run.data.parent === undefined ? <ReplayForm key={id} run={run.data} /> : <OfParent run={run.data} />}
    </Page>
  );
}

/** Steps are replayed with the run that they are of. */
function OfParent({ run }: { run: Run }) {
  return (
    <div className="stack">
      <Notice state="waiting">This run is a step of another run, and is replayed with it.</Notice>
      <div className="row">
        <Link
          to="/runs/$id/replay"
          params={{ id: run.parent! }}
          search={{ what: 'step', step: run.step }}
          className="button"
        >
          Replay {run.parent} from this step
        </Link>
      </div>
    </div>
  );
}

function ReplayForm({ run }: { run: Run }) {
  const search = route.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const canReplay = useCan('POST /v1/runs/{id}/replay');
  const isEdited = search.input === 'edited' && whyNotEdited(run) === undefined;
  const what = whatOf(search, run.kind === 'workflow' && run.status === 'failed');
  const edited = useEditedInput(run.input);
  const choice = choiceOf(what, search);
  const whole = useDryRun(run.id, { from: 'start', version: choice.version }, run.kind === 'workflow');
  const steps = (whole.data?.steps ?? []).flatMap(({ step }) => (step === undefined ? [] : [step]));
  const step = search.step ?? firstFailed(run) ?? steps[0];
  const from = what === 'step' && step !== undefined ? { step } : what === 'step' ? 'start' : what;
  const body: ReplayBody = { ...choice, from, ...(isEdited && edited.input && { input: edited.input }) };
  const isReadable = !isEdited || edited.input !== undefined;
  const preview = useDryRun(run.id, body, isReadable && (what !== 'step' || step !== undefined));
  const send = useAct(
    (confirmed: ReplayBody, headers) => ask(replayRun({ path: { id: run.id }, body: confirmed, headers })),
    async (made) => {
      void queries.invalidateQueries({ queryKey: ['run', run.id] });
      void queries.invalidateQueries({ queryKey: ['runs'] });
      await navigate({ to: '/runs/$id', params: { id: (made as Run).id }, search: {} });
    },
  );
  const set = (changes: Partial<typeof search>) => {
    send.reset();
    void navigate({ to: '.', replace: true, search: (before) => ({ ...before, ...changes }) });
  };
  const lookAgain = () => {
    send.reset();
    void whole.refetch();
    void preview.refetch();
  };
  const shown = preview.data;
  const count = shown === undefined ? 0 : stepsThatRun(shown).length;
  const isCurrent = isReadable && !preview.isFetching && !preview.isPlaceholderData && !edited.isTyping;
  return (
    <FormScope className="replay-layout" error={send.error}>
      <div className="replay-choices">
        <ReplayChoices
          run={run}
          what={what}
          step={step}
          steps={steps}
          version={choice.version ?? 'same'}
          edited={isEdited ? edited : undefined}
          error={preview.error}
          onWhat={(next) => set({ what: next, step: next === 'step' ? step : undefined })}
          onStep={(next) => set({ step: next })}
          onVersion={(next) => set({ version: next === 'same' ? undefined : next })}
          onEdited={(next) => set({ input: next ? 'edited' : undefined })}
        />
      </div>
      <div className="replay-shown" aria-busy={!isCurrent && isReadable}>
        {preview.isError && <ErrorState error={preview.error} onRetry={lookAgain} />}
        {shown === undefined && preview.isPending && isReadable && <Skeleton lines={8} />}
        {shown !== undefined && !preview.isError && (
          <>
            <OutsidePart preview={shown} />
            <StepsPart preview={shown} />
            <DifferencesPart preview={shown} />
          </>
        )}
        {send.isError && <Refusal error={send.error} onLook={lookAgain} />}
        {shown !== undefined && !preview.isError && canReplay && (
          <div className="replay-send">
            <Button
              kind="primary"
              icon="refresh"
              isPending={send.isPending}
              isDisabled={!isCurrent || count === 0 || isChanged(send.error)}
              onPress={() => send.mutate({ ...body, confirm: shown.confirm })}
            >
              Replay {countText(count, 'step')}
            </Button>
            <Link to="/runs/$id" params={{ id: run.id }} search={{}} className="button">
              Close
            </Link>
            {count === 0 && <span className="soft">No step would run.</span>}
          </div>
        )}
      </div>
    </FormScope>
  );
}

/** What the replay would do as the server sees it now. It stays as it is until the person looks again. */
function useDryRun(id: string, body: ReplayBody, enabled: boolean) {
  return useQuery({
    queryKey: ['replay-preview', id, stringifyExact(body)],
    queryFn: async ({ signal }) =>
      (await ask(replayRun({ path: { id }, body: { ...body, dry_run: true }, signal }))) as ReplayPreview,
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    placeholderData: keepPreviousData,
  });
}

/** Why the replay was not made. After a change, the person looks at what it would do now. */
function Refusal({ error, onLook }: { error: unknown; onLook: () => void }) {
  if (!(error instanceof ApiError) || !isChanged(error)) return <OtherErrors />;
  return (
    <div role="alert">
      <Notice state="waiting">
        <div className="stack">
          <p>
            <strong>Nothing was replayed.</strong> {error.problem.detail}
          </p>
          <div>
            <Button onPress={onLook}>Look again</Button>
          </div>
        </div>
      </Notice>
    </div>
  );
}

function isChanged(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

function firstFailed({ steps = [] }: Run): string | undefined {
  return steps.find(({ status, step }) => status === 'failed' && step !== undefined)?.step;
}

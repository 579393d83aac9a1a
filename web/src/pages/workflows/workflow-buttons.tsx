import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import {
  disableWorkflow,
  enableWorkflow,
  resumeWorkflow,
  runWorkflow,
  type TriggerSummary,
  type Workflow,
} from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorState } from '../../components/states.tsx';
import { Switch } from '../../components/switch.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { useCan } from '../../data/me.ts';
import { useKeys } from '../../frame/keys.ts';
import { editPath } from './edit-path.ts';
import { PauseDialog } from './pause-dialog.tsx';
import { RunDialog } from './run-dialog.tsx';

const route = getRouteApi('/frame/workflows/$id');

interface ButtonsProps {
  workflow: Workflow;
  /** Undefined for a trigger that is no longer in the catalog. */
  kind: TriggerSummary['kind'] | undefined;
  isPaused: boolean;
}

/** What can be done with a workflow as it is now, by the rights of the person. */
export function WorkflowButtons({ workflow, kind, isPaused }: ButtonsProps) {
  const { id } = workflow;
  const { dialog } = route.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [said, setSaid] = useState('');
  const [failed, setFailed] = useState<unknown>();
  const canRun = useCan('POST /v1/workflows/{id}/run') && workflow.version > 0;
  const canPause = useCan('POST /v1/workflows/{id}/pause', 'POST /v1/workflows/{id}/resume') && kind === 'poll';
  const canEnable = useCan('POST /v1/workflows/{id}/enable', 'POST /v1/workflows/{id}/disable');
  const canEdit = useCan('PUT /v1/workflows/{id}/draft');
  const show = (name: 'run' | 'pause' | undefined) =>
    navigate({ to: '.', search: (before) => ({ ...before, dialog: name }), replace: name === undefined });
  const changed = () => {
    setFailed(undefined);
    return Promise.all([
      queries.invalidateQueries({ queryKey: ['workflow'] }),
      queries.invalidateQueries({ queryKey: ['workflows'] }),
    ]);
  };
  const run = useAct(
    (_: 'now', headers) => ask(runWorkflow({ path: { id }, headers })),
    async (made) => {
      await changed();
      if (made.kind === 'tick') setSaid('A poll was requested. What it finds becomes runs.');
      else await navigate({ to: '/runs/$id', params: { id: made.id } });
    },
  );
  const resume = useAct((_: 'now', headers) => ask(resumeWorkflow({ path: { id }, headers })), changed);
  const enable = useAct((isOn: boolean, headers) => {
    const call = { path: { id }, headers };
    return ask(isOn ? enableWorkflow(call) : disableWorkflow(call));
  }, changed);
  const onError = { onError: setFailed };
  const start = () => {
    setSaid('');
    if (kind === 'manual' || kind === 'webhook') void show('run');
    else run.mutate('now', onError);
  };
  useKeys([
    { keys: 'r', label: 'Run now', run: () => canRun && start() },
    { keys: 'e', label: 'Edit', run: () => canEdit && void navigate({ to: editPath(id) }) },
  ]);
  return (
    <>
      <span role="status" className="soft">
        {said}
      </span>
      {canEnable && (
        <Switch
          label="Enabled"
          isOn={workflow.enabled}
          isDisabled={enable.isPending}
          onChange={(isOn) => enable.mutate(isOn, onError)}
        />
      )}
      {canPause &&
        (isPaused ? (
          <Button isPending={resume.isPending} onPress={() => resume.mutate('now', onError)}>
            Resume
          </Button>
        ) : (
          <Button onPress={() => show('pause')}>Pause</Button>
        ))}
      {canEdit && (
        <Link to={editPath(id)} className="button">
          Edit
        </Link>
      )}
      {canRun && (
        <Button kind="primary" isPending={run.isPending} onPress={start}>
          Run now
        </Button>
      )}
      {dialog === 'run' && canRun && <RunDialog workflow={workflow} onClose={() => show(undefined)} />}
      {dialog === 'pause' && canPause && !isPaused && (
        <PauseDialog
          id={id}
          onClose={() => show(undefined)}
          onDone={async () => {
            await changed();
            await show(undefined);
          }}
        />
      )}
      {failed !== undefined && (
        <Dialog
          title="That was refused"
          onClose={() => setFailed(undefined)}
          actions={<Button onPress={() => setFailed(undefined)}>Close</Button>}
        >
          <ErrorState error={failed} />
        </Dialog>
      )}
    </>
  );
}

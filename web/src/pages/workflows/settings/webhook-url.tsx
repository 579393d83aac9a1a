import { useQueryClient } from '@tanstack/react-query';
import { rotateWebhookUrl, type Workflow } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { CopyId } from '../../../components/copy-id.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { ErrorState } from '../../../components/states.tsx';
import { useAct } from '../../../data/act.ts';
import { ask } from '../../../data/api-error.ts';
import { useCan } from '../../../data/me.ts';

/** The URL that starts the workflow. It is a secret: it is in the page only after "Show". */
export function WebhookUrl({ workflow }: { workflow: Workflow }) {
  const { id, url } = workflow;
  const queries = useQueryClient();
  const [isShown, setShown] = useState(false);
  const [isRotating, setRotating] = useState(false);
  const canRotate = useCan('POST /v1/workflows/{id}/rotate_url');
  const rotate = useAct(
    (_: 'now', headers) => ask(rotateWebhookUrl({ path: { id }, headers })),
    async () => {
      await queries.invalidateQueries({ queryKey: ['workflow'] });
      setRotating(false);
    },
  );
  return (
    <section className="section" aria-labelledby="url">
      <div className="section-head">
        <h2 id="url">Incoming webhook</h2>
      </div>
      {url === undefined ? (
        <p className="soft">
          The URL is shown to operators, builders and admins: anyone who knows it can start the workflow.
        </p>
      ) : (
        <>
          <p className="prose">
            A POST request to this URL starts the workflow. Anyone who knows it can do so: keep it as a secret.
          </p>
          <div className="row">
            {isShown ? <CopyId value={url} label="Copy the URL" /> : <code className="soft">•••••••••••••••••</code>}
            <Button onPress={() => setShown(!isShown)}>{isShown ? 'Hide' : 'Show'}</Button>
            {canRotate && <Button onPress={() => setRotating(true)}>Rotate URL…</Button>}
          </div>
        </>
      )}
      {isRotating && (
        <Dialog
          title="Rotate the URL"
          onClose={rotate.isPending ? undefined : () => setRotating(false)}
          actions={
            <>
              <Button onPress={() => setRotating(false)} isDisabled={rotate.isPending}>
                Keep it
              </Button>
              <Button kind="primary" isPending={rotate.isPending} onPress={() => rotate.mutate('now')}>
                Rotate URL
              </Button>
            </>
          }
        >
          <p>The old URL stops working at once. Requests of senders that still use it are refused and start nothing.</p>
          {rotate.isError && <ErrorState error={rotate.error} />}
        </Dialog>
      )}
    </section>
  );
}

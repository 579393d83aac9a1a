import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { getReceivedEvent, type ReceivedEvent } from 'penstock-client';
import { useState } from 'react';
import { isObject, type JsonObject } from '../../builder/document.ts';
import { Button } from '../../components/button.tsx';
import { CopyId, copyText } from '../../components/copy-id.tsx';
import { JsonTree } from '../../components/json-tree.tsx';
import { Notice } from '../../components/notice.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { parseExact, stringifyExact } from '../../data/json.ts';
import { useBuilder } from './builder-context.ts';
import { CodeBlock } from './code-block.tsx';
import { InputEditor } from './input-editor.tsx';
import { UseAsSample } from './use-as-sample.tsx';

/** While the panel is open, what others send is seen this soon. */
const LOOK_MS = 3_000;
const STANDARD = 'core.incoming_webhook';

interface WebhookSectionProps {
  trigger: JsonObject;
  /** What the catalog knows of the trigger. */
  known: { title: string; connector: string; description: string; examples: readonly unknown[] } | undefined;
}

/** The URLs of a webhook trigger, a test, and what arrived last. */
export default function WebhookSection({ trigger, known }: WebhookSectionProps) {
  const { workflow, saving } = useBuilder();
  const key = ['received-event', workflow.id];
  const received = useQuery({
    queryKey: [...key, saving.kind, String(trigger.id)],
    queryFn: ({ signal }) => ask(getReceivedEvent({ path: { id: workflow.id }, signal })),
    refetchInterval: LOOK_MS,
    placeholderData: (before) => before,
  });
  const isPublished = workflow.trigger.id === trigger.id && workflow.url !== undefined;
  const isStandard = trigger.id === STANDARD;
  const testUrl = received.data?.test_url;
  return (
    <div className="stack">
      {isPublished ? (
        <SecretUrl label="URL for incoming webhooks" url={workflow.url!} isStandard={isStandard} />
      ) : (
        <p className="soft">Publish the workflow with this trigger: its URL for incoming webhooks then works.</p>
      )}
      {!isStandard && <ServiceFacts trigger={trigger} known={known} />}
      {received.isError && <ErrorState error={received.error} onRetry={() => received.refetch()} />}
      {received.isPending && <Skeleton lines={2} />}
      {testUrl !== undefined && (
        <section className="stack" aria-label="Test events">
          <h3>Test events</h3>
          <p className="soft small">
            What is sent to the URL for tests is recorded, also before the workflow is published. No run starts.
          </p>
          <SecretUrl label="URL for tests" url={testUrl} isStandard={isStandard} />
          {isStandard && <SendTest testUrl={testUrl} trigger={trigger} queryKey={key} />}
        </section>
      )}
      {received.data !== undefined && <LastEvent received={received.data} />}
    </div>
  );
}

/** Anyone who knows the URL can use it, so it is shown when it is asked for. */
function SecretUrl({ label, url, isStandard }: { label: string; url: string; isStandard: boolean }) {
  const [isShown, setShown] = useState(false);
  const [isCopied, setCopied] = useState(false);
  const curl = `curl -X POST '${url}' -H 'content-type: application/json' -d '{"hello": "world"}'`;
  return (
    <div className="stack" role="group" aria-label={label}>
      <div className="row">
        <span>{label}</span>
        {isShown ? (
          <CopyId value={url} label="Copy URL" />
        ) : (
          <Button onPress={() => setShown(true)}>
            Show <span className="hidden">{label}</span>
          </Button>
        )}
      </div>
      {isShown && isStandard && (
        <div className="row">
          <CodeBlock label={`curl for ${label}`} text={curl} />
          <Button
            kind="quiet"
            onPress={() => {
              void copyText(curl).then(() => setCopied(true));
            }}
          >
            {isCopied ? 'Copied' : 'Copy curl'} <span className="hidden">for {label}</span>
          </Button>
        </div>
      )}
    </div>
  );
}

function SendTest({
  testUrl,
  trigger,
  queryKey,
}: {
  testUrl: string;
  trigger: JsonObject;
  queryKey: readonly string[];
}) {
  const { workflow, saver, canEdit } = useBuilder();
  const queries = useQueryClient();
  const [body, setBody] = useState<unknown>({ hello: 'world' });
  const send = useAct(
    async (to: 'test' | 'run') => {
      if (to === 'test' && canEdit) await saver.store();
      return { to, ...(await post(to === 'test' ? testUrl : workflow.url!, body)) };
    },
    () => queries.invalidateQueries({ queryKey }),
  );
  const isSigned = isObject(trigger.input) && trigger.input.secret !== undefined;
  const mayStart = workflow.url !== undefined && workflow.trigger.id === trigger.id && workflow.enabled;
  return (
    <>
      <InputEditor label="Body of the test as JSON" value={body} onChange={setBody} isReadOnly={false} />
      <div className="row">
        <Button isPending={send.isPending} onPress={() => send.mutate('test')}>
          Send test (starts no run)
        </Button>
        {mayStart && !isSigned && (
          <Button kind="quiet" isDisabled={send.isPending} onPress={() => send.mutate('run')}>
            Send and start a run of version {workflow.version}
          </Button>
        )}
      </div>
      {mayStart && isSigned && (
        <p className="soft small">Only signed requests start a run: the browser does not have the secret.</p>
      )}
      {send.isSuccess && (
        <p role="status" aria-label="Result of the test">
          {send.data.to === 'test' ? 'The event is recorded. No run was started.' : <Started run={send.data.run} />}
        </p>
      )}
      {send.isError && (
        <div role="alert">
          <Notice state="failed">{send.error instanceof Error ? send.error.message : String(send.error)}</Notice>
        </div>
      )}
    </>
  );
}

function Started({ run }: { run: string | undefined }) {
  if (run === undefined) return 'The event was accepted.';
  return (
    <>
      A run was started.{' '}
      <Link to="/runs/$id" params={{ id: run }} search={{}}>
        Open the run
      </Link>
    </>
  );
}

/** As a sender outside: without the session. The path alone, since the public address need not be the one of this page. */
async function post(url: string, body: unknown): Promise<{ run: string | undefined }> {
  const path = url.slice(url.indexOf('/hooks/'));
  const response = await fetch(path, {
    method: 'POST',
    credentials: 'omit',
    headers: { 'content-type': 'application/json' },
    body: stringifyExact(body) ?? 'null',
  });
  const text = await response.text();
  const answer = read(text);
  if (!response.ok) throw new Error(String(answer.detail ?? `The server answered ${response.status}.`));
  return { run: typeof answer.run === 'string' ? answer.run : undefined };
}

function read(text: string): JsonObject {
  try {
    const value: unknown = parseExact(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** What a service sends, and whether it knows where. */
function ServiceFacts({ trigger, known }: WebhookSectionProps) {
  const { workflow } = useBuilder();
  const [example] = known?.examples ?? [];
  const registered = workflow.trigger.id === trigger.id ? workflow.service_webhook : undefined;
  return (
    <section className="stack" aria-label="Service">
      {registered === undefined ? (
        <p className="soft">
          No webhook is registered. {known?.description} Otherwise add the URL at the service yourself.
        </p>
      ) : (
        <p>
          The webhook <code>{registered.id}</code> was registered at the service{' '}
          <TimeText at={registered.registered_at} />.
        </p>
      )}
      {isObject(example) && example.output !== undefined && (
        <details>
          <summary>What the service sends</summary>
          <JsonTree value={example.output} />
          <UseAsSample value={example.output} what="The example" label="Use example as sample" />
        </details>
      )}
    </section>
  );
}

function LastEvent({ received }: { received: ReceivedEvent }) {
  const { event, source, received_at: at, run, problem } = received;
  if (event === null || event === undefined || at === undefined) {
    return (
      <section className="stack" aria-label="Last event">
        <h3>Last event</h3>
        <p className="soft">Nothing has arrived yet. This panel looks every few seconds.</p>
      </section>
    );
  }
  return (
    <section className="stack" aria-label="Last event">
      <h3>Last event</h3>
      <div className="row">
        <span>
          {source === 'run' ? 'Started a run' : 'A test, which started no run'}, <TimeText at={at} />
        </span>
        {run !== undefined && (
          <Link to="/runs/$id" params={{ id: run }} search={{}}>
            Open the run
          </Link>
        )}
      </div>
      {problem !== undefined && (
        <Notice state="waiting">The published workflow would not start a run with it: {problem}.</Notice>
      )}
      <JsonTree value={event} />
      <UseAsSample key={at} value={event} what="What arrived" label="Use what arrived as sample data" />
    </section>
  );
}

import { previewTrigger, type TriggerPreview } from 'penstock-client';
import { useState } from 'react';
import { isObject, type JsonObject } from '../../builder/document.ts';
import { Button } from '../../components/button.tsx';
import { CopyId } from '../../components/copy-id.tsx';
import { JsonTree } from '../../components/json-tree.tsx';
import { Notice } from '../../components/notice.tsx';
import { Skeleton } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ApiError, ask } from '../../data/api-error.ts';
import { useCan } from '../../data/me.ts';
import type { Schema } from '../../forms/schema.ts';
import { useBuilder } from './builder-context.ts';
import { Choice } from './choice.tsx';
import { CodeBlock } from './code-block.tsx';
import { PreviewTable } from './preview-table.tsx';
import { UseAsSample } from './use-as-sample.tsx';

/** `beginning`: with the rows that are there, also where the trigger starts from now on. */
type From = 'cursor' | 'start' | 'beginning';

interface Asked {
  from: From;
  answer: TriggerPreview;
}

/** What the trigger would deliver next: the first rows, how many, and from where. Nothing is delivered. */
export default function TriggerPreviewSection({
  trigger,
  schema,
  onErrors,
}: {
  trigger: JsonObject;
  schema: Schema | undefined;
  /** Errors at fields of the input, with pointers into it. */
  onErrors(errors: readonly { pointer: string; message: string }[]): void;
}) {
  const { workflow, saver, canEdit } = useBuilder();
  const canPreview = useCan('POST /v1/triggers/{id}/preview');
  const [from, setFrom] = useState<From>('cursor');
  const id = String(trigger.id);
  const isSaved = workflow.version > 0;
  // It changes nothing, and may be another answer each time: it has no Idempotency-Key.
  const preview = useAct(async (asked: From): Promise<Asked> => {
    onErrors([]);
    // Hidden secrets are known to the server for the draft that it has.
    const state = canEdit ? await saver.store() : undefined;
    if (state !== undefined && state.kind !== 'saved')
      throw new Error('The draft is not saved yet. Save it, then preview again.');
    const input = isObject(trigger.input) ? trigger.input : {};
    const body = {
      input,
      ...(typeof trigger.linked_account === 'string' && { linked_account: trigger.linked_account }),
      ...(typeof trigger.authentication === 'string' && { authentication: trigger.authentication }),
      workflow: workflow.id,
      from: asked,
    };
    try {
      return { from: asked, answer: await ask(previewTrigger({ path: { id }, body })) };
    } catch (error) {
      const errors = error instanceof ApiError ? (error.problem.errors ?? []) : [];
      onErrors(
        errors
          .filter(({ pointer }) => pointer.startsWith('/input/'))
          .map((each) => ({ ...each, pointer: each.pointer.slice('/input'.length) })),
      );
      throw error;
    }
  });
  if (!canPreview) return null;
  const given = isObject(trigger.input) ? trigger.input.start : undefined;
  const startsNow = (given ?? schema?.properties?.start?.default) === 'now';
  return (
    <section className="stack" aria-label="Preview">
      <h3>Preview</h3>
      <p className="soft small">
        Reads the source as the next check would. Nothing is delivered, and the cursor does not move. A stopped
        warehouse is started.
      </p>
      {isSaved && (
        <Choice
          label="Preview from"
          value={from}
          onChange={(value) => setFrom(value as From)}
          options={[
            { value: 'cursor', text: 'The cursor of this workflow' },
            { value: 'start', text: 'The start, as if nothing had been read' },
          ]}
        />
      )}
      <div className="row">
        <Button isPending={preview.isPending} onPress={() => preview.mutate(from)}>
          Preview rows
        </Button>
        {startsNow && (
          <Button kind="quiet" isDisabled={preview.isPending} onPress={() => preview.mutate('beginning')}>
            Preview existing rows
          </Button>
        )}
      </div>
      {preview.isPending && <Skeleton lines={3} />}
      {preview.isError && <Failure error={preview.error} />}
      {preview.isSuccess && <Result asked={preview.data} startsNow={startsNow} />}
    </section>
  );
}

function Result({ asked: { from, answer }, startsNow }: { asked: Asked; startsNow: boolean }) {
  const { events, total, cursor, request } = answer;
  const [first] = events;
  return (
    <div className="stack">
      <p role="status" aria-label="Result of the preview">
        <strong>{countText(total)}</strong> {fromText(answer)}
        {cursor !== null && (
          <>
            {' '}
            by <code>{cursor.column}</code>
            {cursor.type !== null && ` (${cursor.type})`}
          </>
        )}
        .
      </p>
      {from === 'beginning' && (
        <Notice state="waiting">
          The trigger starts from now on: these rows are there already, and will not be delivered.
        </Notice>
      )}
      {from !== 'beginning' && startsNow && answer.from === null && (
        <p className="soft">The trigger starts from now on. Rows that are there already are not delivered.</p>
      )}
      {answer.held_back > 0 && (
        <p className="soft">
          {answer.held_back.toLocaleString()} {answer.held_back === 1 ? 'row is' : 'rows are'} in the future and wait
          until their time.
        </p>
      )}
      {answer.truncated && <p className="soft">More rows would be shown, but they are too large together.</p>}
      {first === undefined ? null : (
        <>
          <PreviewTable events={events} columns={answer.columns} total={total.events} />
          <UseAsSample value={sampleOf(answer, first)} what="The first row" />
          <details>
            <summary>First row as JSON</summary>
            <JsonTree value={first.data} />
          </details>
        </>
      )}
      <details>
        <summary>Request to the service</summary>
        <p className="small">
          <code>{request.action}</code>
        </p>
        <RequestInput input={request.input} />
      </details>
    </div>
  );
}

/** A statement of SQL as lines, beside the rest of the input. */
function RequestInput({ input }: { input: unknown }) {
  if (!isObject(input) || typeof input.statement !== 'string') return <JsonTree value={input} />;
  const { statement, ...rest } = input;
  return (
    <>
      <CodeBlock label="Statement" text={statement} />
      <JsonTree value={rest} />
    </>
  );
}

/** As a run has it with this one event. */
function sampleOf({ columns, from }: TriggerPreview, first: TriggerPreview['events'][number]) {
  return { events: [first], rows: [first.data], ...(columns !== undefined && { columns }), from, to: null };
}

function countText({ events, exact }: TriggerPreview['total']): string {
  if (events === 0) return 'No new rows';
  const noun = events === 1 ? 'row' : 'rows';
  return exact
    ? `${events.toLocaleString()} ${noun} would come`
    : `At least ${events.toLocaleString()} ${noun} would come`;
}

function fromText({ from }: TriggerPreview): string {
  if (from === null || from.value === null) return 'from the start';
  return `after ${from.value}${from.key === null ? '' : `, key ${from.key}`}`;
}

/** What the service said, word for word, beside what it means; fields that it names show it, too. */
function Failure({ error }: { error: unknown }) {
  if (!(error instanceof ApiError)) {
    return (
      <div role="alert">
        <Notice state="failed">{error instanceof Error ? error.message : String(error)}</Notice>
      </div>
    );
  }
  const { title, detail, hint, code, upstream, errors } = error.problem;
  const requestId = upstream?.request_id ?? error.requestId;
  return (
    <div role="alert" className="stack">
      <Notice state="failed">
        <strong>{title}</strong> {code !== undefined && <code>{code}</code>}
        <p>{detail}</p>
        {upstream?.error_code !== undefined && (
          <p>
            The service answered <code>{upstream.error_code}</code>.
          </p>
        )}
        {errors !== undefined && errors.length > 0 && (
          <p>Fields: {[...new Set(errors.map(({ pointer }) => pointer.replace(/^\/input\//, '')))].join(', ')}</p>
        )}
        <p>{hint}</p>
      </Notice>
      {requestId !== undefined && (
        <span className="soft small">
          Request <CopyId value={requestId} />
        </span>
      )}
    </div>
  );
}

import { useQueryClient } from '@tanstack/react-query';
import { type Cursor, type CursorPreview, resetCursor, setCursor, type Workflow } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { countText } from '../../../components/count-text.ts';
import { Dialog } from '../../../components/dialog.tsx';
import { Field } from '../../../components/field.tsx';
import { Form } from '../../../components/form.tsx';
import { Notice } from '../../../components/notice.tsx';
import { RadioChoice } from '../../../components/radio.tsx';
import { useAct } from '../../../data/act.ts';
import { ApiError, ask } from '../../../data/api-error.ts';

const FORM = 'move-cursor';

type To = 'value' | 'beginning';

/** Where the cursor is to stand, and the version of it that the person saw. */
interface Target {
  to: To;
  value: string;
  key: string;
  version: number;
}

interface MoveProps {
  workflow: Workflow;
  cursor: Cursor;
  onClose: () => void;
}

/**
 * Moves the cursor in two steps: what it would deliver again, then the move itself. The move is refused where the cursor has moved
 * since the preview, so that what happens is what was shown.
 */
export function MoveDialog({ workflow, cursor, onClose }: MoveProps) {
  const { id } = workflow;
  const queries = useQueryClient();
  const [to, setTo] = useState<To>('value');
  const [value, setValue] = useState(cursor.position?.value ?? '');
  const [key, setKey] = useState('');
  const preview = useAct((target: Target) => ask(send(id, target, true)) as Promise<CursorPreview>);
  const move = useAct(
    (target: Target) => ask(send(id, target, false)),
    async () => {
      await queries.invalidateQueries({ queryKey: ['workflow'] });
      onClose();
    },
  );
  const change = (set: () => void) => {
    set();
    preview.reset();
    move.reset();
  };
  const submit = () => {
    move.reset();
    preview.mutate({ to, value: value.trim(), key: key.trim(), version: cursor.version });
  };
  const isUncountable = isUnknownCount(preview.error);
  const previewed = preview.variables;
  const canMove = previewed !== undefined && (preview.isSuccess || isUncountable) && !move.isSuccess;
  const error = move.error ?? preview.error;
  return (
    <Dialog
      title="Move the cursor"
      onClose={move.isPending ? undefined : onClose}
      isWide
      actions={
        <>
          <Button onPress={onClose} isDisabled={move.isPending}>
            Close
          </Button>
          <Button
            type="submit"
            form={FORM}
            kind={canMove ? 'plain' : 'primary'}
            isPending={preview.isPending}
            isDisabled={to === 'value' && value.trim() === ''}
          >
            Preview
          </Button>
          {canMove && (
            <Button kind="primary" isPending={move.isPending} onPress={() => move.mutate(previewed)}>
              Move the cursor
            </Button>
          )}
        </>
      }
    >
      <Form id={FORM} onSubmit={submit} error={error}>
        <RadioChoice
          label="Where to"
          value={to}
          onChange={(next) => change(() => setTo(next))}
          options={[
            { id: 'value', text: 'A value', hint: 'Rows after it are delivered.' },
            { id: 'beginning', text: 'The beginning', hint: 'Everything is delivered again.' },
          ]}
        />
        {to === 'value' && (
          <>
            <Field
              label="Value"
              hint="Of the cursor column, in the last row that counts as read."
              value={value}
              onChange={(next) => change(() => setValue(next))}
              pointer="/value"
              autoFocus
              spellCheck="false"
            />
            <Field
              label="Key"
              hint="Optional: of the key column in that row. Without it, every row with the value counts as read."
              value={key}
              onChange={(next) => change(() => setKey(next))}
              pointer="/key"
              spellCheck="false"
            />
          </>
        )}
        <section aria-label="What a move delivers again" aria-live="polite">
          {preview.isPending && <p className="soft">The source counts…</p>}
          {preview.isSuccess && <Found preview={preview.data} />}
          {isUncountable && (
            <Notice state="waiting">The number of events is unknown. You can still move the cursor.</Notice>
          )}
        </section>
        {cursor.paused === null && (
          <p className="soft small">
            The trigger is running. If it moves the cursor after the preview, the move is refused and you look again;
            pause it first to have time.
          </p>
        )}
      </Form>
    </Dialog>
  );
}

/** Some sources cannot be counted: the move is possible all the same. Others refuse the move itself, with the same code. */
function isUnknownCount(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.problem.detail.startsWith('the number of events');
}

function Found({ preview: { events, position } }: { preview: CursorPreview }) {
  if (events > 0) {
    return (
      <Notice state="waiting">
        <p>
          <strong>{countText(events, 'event')}</strong> would be delivered again
          {position === null ? ', from the beginning' : ''}. Each keeps its id, so that webhook endpoints can ignore
          what they know.
        </p>
        {position?.value != null && (
          <p>
            New position: <code>{position.value}</code>
          </p>
        )}
      </Notice>
    );
  }
  return (
    <Notice state="succeeded">
      Nothing would be delivered again. If the new position is after the current one, the rows between them are never
      delivered.
    </Notice>
  );
}

function send(id: string, { to, value, key, version }: Target, isPreview: boolean) {
  const dry = isPreview ? { dry_run: true } : {};
  if (to === 'beginning') return resetCursor({ path: { id }, query: { ...dry, version } });
  return setCursor({ path: { id }, query: dry, body: { value, version, ...(key === '' ? {} : { key }) } });
}

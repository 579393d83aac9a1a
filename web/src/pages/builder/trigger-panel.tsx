import { lazy, Suspense, useState } from 'react';
import { isObject } from '../../builder/document.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { ApiError } from '../../data/api-error.ts';
import { useChoices } from '../../data/choices.ts';
import { withValueAt } from '../../data/pointer.ts';
import type { Schema } from '../../forms/schema.ts';
import { AccountChoice } from '../accounts/account-choice.tsx';
import { useBuilder } from './builder-context.ts';
import { useTrigger } from './catalog.ts';
import { Choice } from './choice.tsx';
import { SchemaEditor } from './input-editor.tsx';
import { sqlAccount } from './input-tab.tsx';
import { NumberField } from './number-field.tsx';
import { OtherProperties } from './other-properties.tsx';

const ScheduleFields = lazy(() => import('./schedule-fields.tsx'));
const TriggerPreviewSection = lazy(() => import('./trigger-preview.tsx'));
const WebhookSection = lazy(() => import('./webhook-section.tsx'));
const NO_ERRORS: readonly { pointer: string; message: string }[] = [];
const YEAR_SECONDS = 31_536_000;
const KNOWN = 'id linked_account authentication input schedule overlap freshness dead_letter_after'.split(' ');

/** What starts the workflow: which trigger, its account and input, and when it looks. */
export function TriggerPanel() {
  const { document, edit, canEdit, open } = useBuilder();
  const trigger = isObject(document.trigger) ? document.trigger : {};
  const id = typeof trigger.id === 'string' ? trigger.id : '';
  const known = useTrigger(id);
  const [errors, setErrors] = useState(NO_ERRORS);
  const choices = useChoices(
    'trigger',
    id,
    typeof trigger.linked_account === 'string' ? trigger.linked_account : undefined,
  );
  const set = (name: string, value: unknown, at = '') =>
    edit((before) => withValueAt(before, `/trigger/${name}`, value), `/trigger/${name}${at}`);
  const isGone = id === '' || (known.error instanceof ApiError && known.error.status === 404);
  if (known.isPending && id !== '') return <Skeleton />;
  if (known.isError && !isGone) return <ErrorState error={known.error} onRetry={() => known.refetch()} />;
  const kind = known.data?.kind;
  const freshness = isObject(trigger.freshness) ? trigger.freshness.max_lag_seconds : undefined;
  const connector = known.data?.connector ?? id.split('.')[0];
  return (
    <div className="stack" data-root="/trigger">
      {isGone && (
        <Notice state="failed">
          {id === '' ? 'The workflow has no trigger.' : `The trigger ${id} is not among the connectors.`} Choose another
          one.
        </Notice>
      )}
      <div className="row" data-place="/id">
        <strong>{known.data?.title ?? (id || 'No trigger')}</strong>
        {canEdit && <Button onPress={() => open('trigger')}>Choose trigger</Button>}
      </div>
      {known.data !== undefined && <p className="soft">{known.data.description}</p>}
      {(connector !== 'core' || trigger.linked_account !== undefined) && (
        <div data-place="/linked_account">
          <AccountChoice
            connector={connector}
            value={trigger.linked_account}
            onChange={(account) => set('linked_account', account)}
            isDisabled={!canEdit}
          />
        </div>
      )}
      {kind === 'webhook' && (
        <Suspense fallback={<Skeleton />}>
          <WebhookSection key={id} trigger={trigger} known={known.data} />
        </Suspense>
      )}
      {(kind === 'schedule' || kind === 'poll' || trigger.schedule !== undefined) && (
        <Suspense fallback={<Skeleton />}>
          <ScheduleFields
            value={isObject(trigger.schedule) ? trigger.schedule : undefined}
            isRequired={kind === 'schedule'}
            onChange={(schedule) => set('schedule', schedule)}
            isDisabled={!canEdit}
          />
        </Suspense>
      )}
      {(kind === 'schedule' || trigger.overlap !== undefined) && (
        <Choice
          label="If the previous run is still active"
          value={String(trigger.overlap ?? 'queue')}
          onChange={(value) => set('overlap', value === 'queue' ? undefined : value)}
          options={[
            { value: 'queue', text: 'One run waits until it ends' },
            { value: 'skip', text: 'No run' },
            { value: 'cancel_previous', text: 'Cancel the previous run' },
          ]}
          isDisabled={!canEdit}
        />
      )}
      {kind !== 'manual' && (
        <SchemaEditor
          key={id}
          label="Trigger input"
          schema={known.data?.input as Schema | undefined}
          value={trigger.input ?? {}}
          onChange={(value, at) => {
            set('input', value, at);
            setErrors(NO_ERRORS);
          }}
          isReadOnly={!canEdit}
          choices={choices}
          pointer="/trigger/input"
          sqlAccount={sqlAccount(known.data?.connector, trigger.linked_account)}
          hasExpressions={false}
          moreErrors={errors}
        />
      )}
      {kind === 'poll' && (
        <Suspense fallback={<Skeleton />}>
          <TriggerPreviewSection
            key={id}
            trigger={trigger}
            schema={known.data?.input as Schema | undefined}
            onErrors={setErrors}
          />
        </Suspense>
      )}
      {(kind === 'poll' || freshness !== undefined) && (
        <NumberField
          label="Late after (seconds)"
          value={freshness}
          onChange={(value) => set('freshness', value === undefined ? undefined : { max_lag_seconds: value })}
          min={1}
          max={YEAR_SECONDS}
          isWhole
          hint="An event is emitted when a row waits longer. Empty: none."
          isDisabled={!canEdit}
        />
      )}
      {(kind === 'poll' || trigger.dead_letter_after !== undefined) && (
        <NumberField
          label="Dead-letter after (failures)"
          value={trigger.dead_letter_after}
          onChange={(value) => set('dead_letter_after', value)}
          min={1}
          max={1000}
          isWhole
          hint="After so many failures of one batch, the cursor moves on and the run is kept. Empty: the cursor waits."
          isDisabled={!canEdit}
        />
      )}
      <OtherProperties value={trigger} pointer="/trigger" known={KNOWN} />
    </div>
  );
}

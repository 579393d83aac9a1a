import type { WebhookEndpoint } from 'penstock-client';
import { Checkbox } from '../../components/checkbox.tsx';
import { Field } from '../../components/field.tsx';
import { RadioChoice } from '../../components/radio.tsx';

export type EventType = NonNullable<WebhookEndpoint['types']>[number];

/** Every type of event; the compiler finds one that is missing. */
const TYPES: Readonly<Record<EventType, true>> = {
  'run.failed': true,
  'run.succeeded': true,
  'run.crashed': true,
  'trigger.failing': true,
  'trigger.recovered': true,
  'trigger.paused': true,
  'trigger.resumed': true,
  'trigger.stalled': true,
  'trigger.late': true,
  'trigger.on_time': true,
  'page.dead_lettered': true,
  'approval.requested': true,
  'schedule.skipped': true,
  'authentication.created': true,
  'authentication.renewed': true,
  'authentication.expiring': true,
  'authentication.needs_reauth': true,
  'authentication.revoked': true,
  'authentication.deleted': true,
};
const ALL_TYPES = Object.keys(TYPES) as EventType[];

/** What is filled in for an endpoint; `types` undefined: all. */
export interface EndpointValues {
  url: string;
  types: readonly EventType[] | undefined;
}

interface EndpointFieldsProps {
  values: EndpointValues;
  onChange(values: EndpointValues): void;
}

/** URL and events of an endpoint. */
export function EndpointFields({ values: { url, types }, onChange }: EndpointFieldsProps) {
  const toggle = (type: EventType, isWanted: boolean) => {
    const rest = (types ?? []).filter((each) => each !== type);
    onChange({ url, types: isWanted ? [...rest, type] : rest });
  };
  return (
    <>
      <Field
        label="URL"
        value={url}
        onChange={(changed) => onChange({ url: changed, types })}
        hint="It gets signed POST requests (Standard Webhooks). Example: https://example.com/hooks"
        pointer="/url"
        isRequired
        autoFocus
        autoComplete="off"
        spellCheck="false"
      />
      <RadioChoice
        label="Events"
        options={[
          { id: 'all', text: 'All', hint: 'Also types that a later version adds.' },
          { id: 'some', text: 'Only some' },
        ]}
        value={types === undefined ? 'all' : 'some'}
        onChange={(id) => onChange({ url, types: id === 'all' ? undefined : [] })}
        pointer="/types"
      />
      {types !== undefined && (
        <fieldset className="types">
          <legend className="hidden">Types of events</legend>
          {ALL_TYPES.map((type) => (
            <Checkbox key={type} isSelected={types.includes(type)} onChange={(isWanted) => toggle(type, isWanted)}>
              {type}
            </Checkbox>
          ))}
        </fieldset>
      )}
    </>
  );
}

import type { JsonObject } from '../../builder/document.ts';
import { readCron } from '../../builder/next-times.ts';
import { Field } from '../../components/field.tsx';
import { serverNow } from '../../data/clock.ts';
import { Choice } from './choice.tsx';
import { NumberField } from './number-field.tsx';

interface ScheduleFieldsProps {
  value: JsonObject | undefined;
  onChange(value: JsonObject | undefined): void;
  /** Without it, the trigger has an interval of its own. */
  isRequired: boolean;
  isDisabled: boolean;
}

const MAX_SECONDS = 31_536_000;
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** When a trigger is due: an interval, or a cron pattern with what it means in words and its next five times. */
export default function ScheduleFields({ value, onChange, isRequired, isDisabled }: ScheduleFieldsProps) {
  const kind = value?.cron !== undefined ? 'cron' : value?.every_seconds !== undefined ? 'every' : 'none';
  const zone = typeof value?.time_zone === 'string' ? value.time_zone : 'UTC';
  const choose = (next: string) => {
    if (next === 'none') onChange(undefined);
    if (next === 'every') onChange({ every_seconds: 3600 });
    if (next === 'cron') onChange({ cron: '0 6 * * *', time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  };
  return (
    <fieldset className="group" data-place="/schedule">
      <legend>Schedule</legend>
      <Choice
        label="Runs"
        value={kind}
        onChange={choose}
        options={[
          { value: 'none', text: isRequired ? 'Not chosen' : 'At the interval of the trigger' },
          { value: 'every', text: 'At an interval' },
          { value: 'cron', text: 'At times of the clock (cron)' },
        ]}
        isDisabled={isDisabled}
      />
      {kind === 'every' && (
        <NumberField
          label="Every (seconds)"
          value={value?.every_seconds}
          onChange={(seconds) => seconds !== undefined && onChange({ ...value, every_seconds: seconds })}
          min={1}
          max={MAX_SECONDS}
          isWhole
          isDisabled={isDisabled}
        />
      )}
      {kind === 'cron' && (
        <>
          <Field
            label="Cron"
            value={String(value?.cron ?? '')}
            onChange={(cron) => onChange({ ...value, cron })}
            hint="Minute, hour, day, month, weekday: 0 6 * * 1-5"
            spellCheck="false"
            isDisabled={isDisabled}
          />
          <Choice
            label="Time zone"
            value={zone}
            onChange={(next) => onChange({ ...value, time_zone: next })}
            options={ZONES.map((name) => ({ value: name, text: name }))}
            isDisabled={isDisabled}
          />
          <NextTimes cron={String(value?.cron ?? '')} zone={zone} />
        </>
      )}
    </fieldset>
  );
}

function NextTimes({ cron, zone }: { cron: string; zone: string }) {
  const read = readCron(cron, zone, { after: serverNow() });
  if ('problem' in read) return <p className="field-error">This pattern cannot be read: {read.problem}</p>;
  const format = new Intl.DateTimeFormat(undefined, {
    dateStyle: 'full',
    timeStyle: 'long',
    timeZone: zone,
  });
  return (
    <div className="small">
      <p>{read.words}</p>
      <p className="soft">Next times</p>
      <ol aria-label="Next times">
        {read.times.map((time) => (
          <li key={time}>
            <time dateTime={new Date(time).toISOString()} title={`${new Date(time).toISOString()} UTC`}>
              {format.format(time)}
            </time>
          </li>
        ))}
      </ol>
    </div>
  );
}

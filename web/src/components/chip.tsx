import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Dialog, DialogTrigger } from 'react-aria-components/Dialog';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Button as PlainButton } from './button.tsx';
import { Field } from './field.tsx';
import { Icon } from './icon.tsx';

interface ChipProps {
  /** What is filtered: `Status`. */
  label: string;
  /** The value as the URL has it; undefined for no filter. */
  value: string | undefined;
  onChange(value: string | undefined): void;
}

export interface ChipOption {
  id: string;
  text: string;
  /** In place of the text: a badge. */
  shown?: ReactNode;
}

/** A filter with a list of values. */
export function ChoiceChip({ options, ...chip }: ChipProps & { options: readonly ChipOption[] }) {
  const text = options.find(({ id }) => id === chip.value)?.text;
  return (
    <Chip {...chip} shown={text ?? chip.value}>
      {(close) => (
        <ListBox
          className="list"
          aria-label={chip.label}
          selectionMode="single"
          autoFocus="first"
          selectedKeys={chip.value === undefined ? [] : [chip.value]}
          onSelectionChange={(keys) => {
            const [key] = keys === 'all' ? [] : [...keys];
            chip.onChange(key === undefined ? undefined : String(key));
            close();
          }}
        >
          {options.map(({ id, text, shown }) => (
            <ListBoxItem key={id} id={id} textValue={text} className="list-item">
              {shown ?? text}
            </ListBoxItem>
          ))}
        </ListBox>
      )}
    </Chip>
  );
}

/** A filter that is typed. `type` of a time takes local time; the URL gets UTC. */
export function TextChip({ type = 'text', hint, ...chip }: ChipProps & { type?: 'text' | 'time'; hint?: string }) {
  const isTime = type === 'time';
  const local = isTime && chip.value !== undefined ? toLocal(chip.value) : chip.value;
  return (
    <Chip {...chip} shown={isTime && chip.value !== undefined ? timeOf(chip.value) : chip.value}>
      {(close) => (
        <TextForm
          label={chip.label}
          hint={hint}
          isTime={isTime}
          initial={local ?? ''}
          onSubmit={(text) => {
            chip.onChange(text === '' ? undefined : isTime ? new Date(text).toISOString() : text);
            close();
          }}
        />
      )}
    </Chip>
  );
}

function Chip({
  label,
  value,
  shown,
  onChange,
  children,
}: ChipProps & { shown: string | undefined; children: (close: () => void) => ReactNode }) {
  return (
    <span className="chip-group">
      <DialogTrigger>
        <Button className="chip" data-set={value !== undefined || undefined}>
          {value === undefined && <Icon name="plus" size={12} />}
          <span className="clip">{shown === undefined ? label : `${label}: ${shown}`}</span>
        </Button>
        <Popover className="popover" placement="bottom start">
          <Dialog aria-label={`Filter by ${label.toLowerCase()}`} className="popover-dialog">
            {({ close }) => children(close)}
          </Dialog>
        </Popover>
      </DialogTrigger>
      {value !== undefined && (
        <Button className="chip-clear" aria-label={`Remove filter ${label}`} onPress={() => onChange(undefined)}>
          <Icon name="close" size={12} />
        </Button>
      )}
    </span>
  );
}

interface TextFormProps {
  label: string;
  hint: string | undefined;
  isTime: boolean;
  initial: string;
  onSubmit(text: string): void;
}

function TextForm({ label, hint, isTime, initial, onSubmit }: TextFormProps) {
  const [text, setText] = useState(initial);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit(text.trim());
  };
  return (
    <form className="popover-form" onSubmit={submit}>
      <Field
        label={label}
        hint={hint}
        type={isTime ? 'datetime-local' : 'text'}
        value={text}
        onChange={setText}
        autoFocus
      />
      <PlainButton type="submit" kind="primary">
        Apply
      </PlainButton>
    </form>
  );
}

/** What an input of a local time takes; empty for a text that is no time. */
function toLocal(utc: string): string {
  const time = new Date(utc);
  if (Number.isNaN(time.getTime())) return '';
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function timeOf(utc: string): string {
  const time = new Date(utc);
  if (Number.isNaN(time.getTime())) return utc;
  return time.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

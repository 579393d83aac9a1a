import { useEffect, useRef, useState } from 'react';
import { isSame, parseExact, stringifyExact } from '../data/json.ts';
import type { ControlProps } from './form-context.ts';
import { Problem } from './problem.tsx';
import { placeholderOf } from './text-control.tsx';

const MAX_LINES = 24;

/** Any JSON. A text that is none is kept in the field, and the form is not whole. */
export function JsonControl(props: ControlProps) {
  const { id, pointer, value, onChange, isEntry, isRequired, isInvalid, describedBy } = props;
  const shared = { id, value, isRequired, isInvalid, describedBy };
  const isRows = props.schema['x-ui']?.widget === 'rows';
  const [problem, setProblem] = useState<string>();
  return (
    <>
      <JsonText
        {...shared}
        isInvalid={shared.isInvalid || problem !== undefined}
        placeholder={placeholderOf(props) ?? (isRows ? '[{"column": "value"}]' : undefined)}
        onChange={onChange}
        onProblem={setProblem}
        allowEmpty={!isEntry}
      />
      <Problem place={pointer} text={problem === undefined ? undefined : `The text ${problem}.`} />
    </>
  );
}

interface JsonTextProps {
  id: string;
  value: unknown;
  label?: string;
  placeholder?: string | undefined;
  describedBy?: string | undefined;
  isInvalid?: boolean;
  isRequired?: boolean;
  /** An empty text is no value, in place of an error. */
  allowEmpty: boolean;
  /** What is wrong with a value that is JSON; it is not taken then. */
  check?(value: unknown): string | undefined;
  onChange(value: unknown): void;
  onProblem(problem: string | undefined): void;
}

/** A text field of JSON. What is typed stays as it is typed as long as it means the value. */
export function JsonText({
  id,
  value,
  label,
  placeholder,
  describedBy,
  isInvalid,
  isRequired,
  ...props
}: JsonTextProps) {
  const [typed, setTyped] = useState<{ text: string; value: unknown }>();
  const shown = typed !== undefined && isSame(typed.value, value) ? typed.text : pretty(value);
  // Another value from outside (undo, an example) takes the place of a text, and of what was wrong with it.
  const isReplaced = typed !== undefined && !isSame(typed.value, value);
  const onProblem = useRef(props.onProblem);
  onProblem.current = props.onProblem;
  useEffect(() => {
    if (isReplaced) onProblem.current(undefined);
  }, [isReplaced]);
  const change = (text: string) => {
    if (text.trim() === '' && props.allowEmpty) {
      setTyped({ text, value: undefined });
      props.onProblem(undefined);
      return props.onChange(undefined);
    }
    try {
      const next = parseExact(text);
      const problem = props.check?.(next);
      if (problem !== undefined) {
        setTyped({ text, value });
        return props.onProblem(problem);
      }
      setTyped({ text, value: next });
      props.onProblem(undefined);
      props.onChange(next);
    } catch (error) {
      setTyped({ text, value });
      props.onProblem(`is not JSON: ${(error as Error).message}`);
    }
  };
  return (
    <textarea
      id={id}
      className="input mono"
      data-language="json"
      aria-label={label}
      value={shown}
      placeholder={placeholder}
      spellCheck={false}
      rows={Math.min(Math.max(shown.split('\n').length + 1, 3), MAX_LINES)}
      aria-describedby={describedBy}
      aria-invalid={isInvalid || undefined}
      aria-required={isRequired || undefined}
      onChange={(event) => change(event.target.value)}
    />
  );
}

function pretty(value: unknown): string {
  return value === undefined ? '' : stringifyExact(value, 2);
}

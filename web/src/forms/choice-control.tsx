import { type KeyboardEvent, useRef, useState } from 'react';
import { Popover } from 'react-aria-components/Popover';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { ChoiceList, choiceId } from './choice-list.tsx';
import { isInSight, useMoves } from './follow.ts';
import { type Choice, type ControlProps, useForm } from './form-context.ts';
import { readNumber } from './number.ts';
import { int64Problem, Problem } from './problem.tsx';
import { type Schema, typesOf } from './schema.ts';
import { placeholderOf } from './text-control.tsx';
import { useChoices, useLabel } from './use-choices.ts';

/** What PageUp and PageDown move by. */
const PAGE = 8;

/** A text with choices of the service: they are searched while one types, and any other text is taken as well. */
export function ChoiceControl(props: ControlProps) {
  const { id, pointer, schema, title, value, onChange, isEntry, describedBy, isInvalid } = props;
  const { choices } = useForm();
  const box = useRef<HTMLSpanElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState<string>();
  const [active, setActive] = useState(-1);
  const text = value === undefined ? '' : String(value);
  const found = useChoices(pointer, schema, { typed: typed?.trim() ?? '', isEnabled: isOpen });
  const label = useLabel(pointer, schema, text);
  const isShown = isOpen && choices !== undefined && found.failure === undefined;
  const list = isShown ? found.items : [];
  const moves = useMoves(box, isShown);
  const problem = int64Problem(schema, value);

  const take = (choice: Choice) => {
    onChange(choice.value);
    close();
  };
  const close = () => {
    setOpen(false);
    setTyped(undefined);
    setActive(-1);
  };
  /** A label that was typed in full is the choice of this label. */
  const leave = () => {
    const named = typed === undefined ? [] : found.items.filter((choice) => choice.label === text);
    const isValue = found.items.some((choice) => String(choice.value) === text);
    if (named.length === 1 && !isValue) onChange(named[0]!.value);
    close();
  };
  const type = (next: string) => {
    setTyped(next);
    setOpen(true);
    setActive(-1);
    if (next === '') onChange(isEntry ? '' : undefined);
    else onChange(typedValue(schema, next));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      if (!isOpen) return setOpen(true);
      if (by > 0 && active + by >= list.length) found.loadMore?.();
      return setActive(Math.max(-1, Math.min(active + by, list.length - 1)));
    }
    if (event.key === 'Enter' && list[active] !== undefined) {
      event.preventDefault();
      take(list[active]);
    } else if (event.key === 'Escape') {
      if (isOpen) event.stopPropagation();
      close();
    }
  };
  const listId = `${id}-choices`;
  return (
    <>
      <span className="form-choice" ref={box}>
        <input
          id={id}
          className="input"
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={isShown}
          aria-controls={isShown ? listId : undefined}
          aria-activedescendant={isShown && active >= 0 ? choiceId(listId, active) : undefined}
          aria-describedby={describedBy}
          aria-invalid={isInvalid || problem !== undefined || undefined}
          aria-required={props.isRequired || undefined}
          autoComplete="off"
          spellCheck={false}
          value={text}
          placeholder={placeholderOf(props)}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
          onClick={() => text === '' && setOpen(true)}
          onBlur={leave}
        />
        {choices !== undefined && (
          <button
            type="button"
            className="form-choice-open"
            tabIndex={-1}
            aria-label={`Show choices of ${title}`}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => {
              document.getElementById(id)?.focus();
              setOpen(!isOpen);
            }}
          >
            <Icon name="down" size={12} />
          </button>
        )}
      </span>
      <Problem place={pointer} text={problem} />
      {label !== undefined && label !== text && <span className="small form-choice-label">{label}</span>}
      {choices === undefined && (
        <span className="small soft">Choices need a linked account and the role operator.</span>
      )}
      {found.failure !== undefined && (
        <div className="row small">
          <span role="status">No choices: {found.failure.reason}. Any text can be entered.</span>
          <Button kind="quiet" onPress={found.failure.retry}>
            Retry
          </Button>
        </div>
      )}
      <Popover
        className="popover form-choices"
        triggerRef={box}
        isNonModal
        isOpen={isShown}
        placement="bottom start"
        // Of an arrow, which it does not have: with another value the list is placed again.
        arrowBoundaryOffset={moves}
        // Asked for whenever what holds the field scrolls, also to the field as it gets the focus, or as parts of the page come in.
        onOpenChange={(open) => !open && !isInSight(box.current) && close()}
        style={{ width: box.current?.offsetWidth }}
      >
        <ChoiceList
          id={listId}
          label={`Choices of ${title}`}
          items={list}
          active={active}
          text={text}
          isNamed={schema['x-options']?.value === 'name'}
          onTake={take}
          onEnd={found.loadMore}
        />
        <div className="form-choices-foot small soft" role="status" onMouseDown={(event) => event.preventDefault()}>
          {noteOf(list.length, found)}
          {found.loadMore !== undefined && (
            <button type="button" className="button" data-kind="quiet" tabIndex={-1} onClick={found.loadMore}>
              Show more
            </button>
          )}
        </div>
      </Popover>
    </>
  );
}

function typedValue(schema: Schema, text: string): unknown {
  const types = typesOf(schema);
  if (types.includes('string')) return text;
  const read = readNumber(text, types.includes('integer'));
  return 'value' in read ? read.value : text;
}

function noteOf(count: number, { isLoading, loadMore }: ReturnType<typeof useChoices>): string {
  if (isLoading) return 'Loading choices…';
  if (count === 0) return 'No choice has this text. Any text can be entered.';
  return loadMore === undefined ? '' : `The first ${count.toLocaleString()}.`;
}

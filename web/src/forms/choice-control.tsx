import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useDeferredValue, useEffect, useRef, useState } from 'react';
import { Popover } from 'react-aria-components/Popover';
import { Icon } from '../components/icon.tsx';
import { ApiError } from '../data/api-error.ts';
import { stringifyExact } from '../data/json.ts';
import { valueAt } from '../data/pointer.ts';
import { type Choice, type ControlProps, useForm } from './form-context.ts';
import { readNumber } from './number.ts';
import { int64Problem, Problem } from './problem.tsx';
import { type JsonObject, type Schema, typesOf } from './schema.ts';
import { placeholderOf } from './text-control.tsx';

const TYPING_MS = 250;
const KEPT_MS = 5 * 60_000;

/** A text with choices of the service: they are searched while one types, and any other text is taken as well. */
export function ChoiceControl(props: ControlProps) {
  const { id, pointer, schema, title, value, onChange, isEntry, describedBy, isInvalid } = props;
  const { choices } = useForm();
  const box = useRef<HTMLSpanElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState<string>();
  const [active, setActive] = useState(-1);
  const text = value === undefined ? '' : String(value);
  const word = useDebounced(typed?.trim() ?? '');
  const found = useChoices(pointer, schema, { search: typed === undefined ? '' : word, isEnabled: isOpen });
  const label = useLabel(pointer, schema, text);
  const list = isOpen ? found.items : [];
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
    if (event.key === 'Escape' && isOpen) event.stopPropagation();
    else if (event.key === 'Enter' && isOpen && list[active] !== undefined) event.preventDefault();
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') event.preventDefault();
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && list[active] !== undefined) take(list[active]);
    else if (event.key === 'ArrowDown' && !isOpen) setOpen(true);
    else if (event.key === 'ArrowDown') setActive(Math.min(active + 1, list.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, -1));
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
          aria-expanded={isOpen}
          aria-controls={isOpen ? listId : undefined}
          aria-activedescendant={active < 0 ? undefined : `${listId}-${active}`}
          aria-describedby={describedBy}
          aria-invalid={isInvalid || problem !== undefined || undefined}
          aria-required={props.isRequired || undefined}
          autoComplete="off"
          spellCheck={false}
          value={text}
          placeholder={placeholderOf(props)}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
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
      <Popover
        className="popover form-choices"
        triggerRef={box}
        isNonModal
        isOpen={isOpen && choices !== undefined}
        placement="bottom start"
        onOpenChange={(open) => !open && close()}
        style={{ width: box.current?.offsetWidth }}
      >
        <div
          id={listId}
          role="listbox"
          aria-label={`Choices of ${title}`}
          className="list"
          // The field keeps the focus while a choice is pointed at.
          onMouseDown={(event) => event.preventDefault()}
        >
          {list.map((choice, at) => (
            <div
              key={String(choice.value)}
              id={`${listId}-${at}`}
              role="option"
              aria-selected={String(choice.value) === text}
              className="list-item form-choice-item"
              data-focused={at === active || undefined}
              data-selected={String(choice.value) === text || undefined}
              ref={at === active ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
              onClick={() => take(choice)}
            >
              <span className="clip">{choice.label}</span>
              {choice.label !== String(choice.value) && (
                <span className="soft small mono clip">{String(choice.value)}</span>
              )}
            </div>
          ))}
        </div>
        <div className="form-choices-foot small soft" role="status" onMouseDown={(event) => event.preventDefault()}>
          {found.note(list.length)}
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

interface FoundChoices {
  items: readonly Choice[];
  loadMore: (() => void) | undefined;
  note(count: number): string;
}

/** Choices of the API for a text. A list that is whole is searched here. */
function useChoices(
  pointer: string,
  schema: Schema,
  { search, isEnabled }: { search: string; isEnabled: boolean },
): FoundChoices {
  const { choices, current, root } = useForm();
  const input = dependenciesOf(schema, current());
  const all = useChoicePages(pointer, input, '', isEnabled && choices !== undefined);
  const isWhole = schema['x-options']?.search === undefined && all.data !== undefined && !all.hasNextPage;
  const some = useChoicePages(pointer, input, search, isEnabled && search !== '' && all.data !== undefined && !isWhole);
  const query = search === '' || isWhole ? all : some;
  const items = [
    ...new Map(query.data?.pages.flatMap((page) => page.items.map((item) => [String(item.value), item]))).values(),
  ];
  const fitting = search === '' || !isWhole ? items : items.filter((choice) => includes(choice, search));
  const missing = Object.entries(input).flatMap(([name, value]) =>
    value === undefined ? [root.properties?.[name]?.title ?? name] : [],
  );
  return {
    items: fitting,
    loadMore: query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : undefined,
    note(count) {
      if (query.isError) {
        const reason = query.error instanceof ApiError ? query.error.problem.detail : String(query.error);
        const before = missing.length === 0 ? '' : `Fill in ${missing.join(', ')} first. `;
        return `${before}No choices: ${reason}. Any text can be entered.`;
      }
      if (query.isFetching) return 'Loading choices…';
      return count === 0 ? 'No choice has this text. Any text can be entered.' : '';
    },
  };
}

type Pages = InfiniteData<{ items: Choice[]; next_cursor?: string | null }>;

function useChoicePages(pointer: string, input: JsonObject, search: string, isEnabled: boolean) {
  const { choices } = useForm();
  return useInfiniteQuery<
    { items: Choice[]; next_cursor?: string | null },
    Error,
    Pages,
    readonly unknown[],
    string | undefined
  >({
    queryKey: ['choices', choices?.key, withoutIndexes(pointer), stringifyExact(input), search],
    queryFn: ({ pageParam, signal }) =>
      choices!.load(
        {
          field: pointer,
          input,
          ...(search === '' ? {} : { search }),
          ...(pageParam === undefined ? {} : { cursor: pageParam }),
        },
        signal,
      ),
    initialPageParam: undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    enabled: isEnabled,
    staleTime: KEPT_MS,
    retry: false,
  });
}

/** The label of a value that is there: from the first choices, or asked for by its text. */
function useLabel(pointer: string, schema: Schema, text: string): string | undefined {
  const { choices, current } = useForm();
  const input = dependenciesOf(schema, current());
  const isAsked = choices !== undefined && text !== '' && !text.includes('{{');
  const first = useChoicePages(pointer, input, '', isAsked);
  const inFirst = labelIn(first.data, text);
  const isElsewhere =
    isAsked && first.hasNextPage && inFirst === undefined && schema['x-options']?.search === undefined;
  const debounced = useDebounced(text);
  const second = useChoicePages(pointer, input, debounced, isElsewhere && debounced === text);
  return inFirst ?? labelIn(second.data, text);
}

function labelIn(data: Pages | undefined, text: string): string | undefined {
  return data?.pages.flatMap(({ items }) => items).find(({ value }) => String(value) === text)?.label;
}

/** The fields of the input that the choices depend on, and nothing else of it. */
function dependenciesOf(schema: Schema, input: JsonObject): JsonObject {
  const names = JSON.stringify(schema['x-options']?.input ?? {}).matchAll(/\$input\.(\w+)/g);
  return Object.fromEntries([...names].map(([, name]) => [name!, valueAt(input, `/${name}`)]));
}

function includes({ label, value }: Choice, search: string): boolean {
  return `${label}\n${String(value)}`.toLowerCase().includes(search.toLowerCase());
}

function withoutIndexes(pointer: string): string {
  return pointer.replaceAll(/\/\d+(?=\/|$)/g, '');
}

function typedValue(schema: Schema, text: string): unknown {
  const types = typesOf(schema);
  if (types.includes('string')) return text;
  const read = readNumber(text, types.includes('integer'));
  return 'value' in read ? read.value : text;
}

function useDebounced(text: string): string {
  const [debounced, setDebounced] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return useDeferredValue(debounced);
}

import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import { ApiError } from '../data/api-error.ts';
import { stringifyExact } from '../data/json.ts';
import { valueAt } from '../data/pointer.ts';
import { type Choice, useForm } from './form-context.ts';
import type { JsonObject, Schema } from './schema.ts';

const TYPING_MS = 250;
const KEPT_MS = 5 * 60_000;

interface FoundChoices {
  items: readonly Choice[];
  loadMore: (() => void) | undefined;
  /** Choices are being read. */
  isLoading: boolean;
  /** Why there are none, and how to try again. */
  failure: { reason: string; retry(): void } | undefined;
}

/** Choices of the API for a text that is typed. A list that is whole is searched here, with each key. */
export function useChoices(
  pointer: string,
  schema: Schema,
  { typed, isEnabled }: { typed: string; isEnabled: boolean },
): FoundChoices {
  const { choices, current, root } = useForm();
  const input = dependenciesOf(schema, current());
  const all = useChoicePages(pointer, input, '', isEnabled && choices !== undefined);
  const isWhole = schema['x-options']?.search === undefined && all.data !== undefined && !all.hasNextPage;
  const debounced = useDebounced(typed);
  const isAsked = debounced !== '' && all.data !== undefined && !isWhole;
  const some = useChoicePages(pointer, input, debounced, isEnabled && isAsked);
  const search = useDeferredValue(isWhole ? typed : debounced);
  const query = search === '' || isWhole || all.data === undefined ? all : some;
  const found = useMemo(() => withTexts(query.data), [query.data]);
  const items = useMemo(() => {
    const words = search.toLowerCase();
    const fitting = words === '' || !isWhole ? found : found.filter(({ text }) => text.includes(words));
    return fitting.map(({ choice }) => choice);
  }, [found, search, isWhole]);
  const missing = Object.entries(input).flatMap(([name, value]) =>
    value === undefined ? [root.properties?.[name]?.title ?? name] : [],
  );
  const { error } = query;
  const reason = error instanceof ApiError ? error.problem.detail : String(error);
  return {
    items,
    loadMore: query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : undefined,
    isLoading: query.isFetching,
    failure:
      error === null || query.isFetching
        ? undefined
        : {
            reason: missing.length === 0 ? reason : `Fill in ${missing.join(', ')} first. ${reason}`,
            retry: () => void (query.data === undefined ? query.refetch() : query.fetchNextPage()),
          },
  };
}

/** Each choice once, with the text that it is found by. */
function withTexts(data: Pages | undefined): { choice: Choice; text: string }[] {
  const byValue = new Map<string, Choice>();
  for (const { items } of data?.pages ?? []) for (const item of items) byValue.set(String(item.value), item);
  return [...byValue].map(([value, choice]) => ({ choice, text: `${choice.label}\n${value}`.toLowerCase() }));
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
export function useLabel(pointer: string, schema: Schema, text: string): string | undefined {
  const { choices, current } = useForm();
  const input = dependenciesOf(schema, current());
  const isAsked = choices !== undefined && text !== '' && !text.includes('{{');
  const first = useChoicePages(pointer, input, '', isAsked);
  const firstLabels = useMemo(() => labelsOf(first.data), [first.data]);
  const inFirst = firstLabels.get(text);
  const isElsewhere =
    isAsked && first.hasNextPage && inFirst === undefined && schema['x-options']?.search === undefined;
  const debounced = useDebounced(text);
  const second = useChoicePages(pointer, input, debounced, isElsewhere && debounced === text);
  const secondLabels = useMemo(() => labelsOf(second.data), [second.data]);
  return inFirst ?? secondLabels.get(text);
}

function labelsOf(data: Pages | undefined): ReadonlyMap<string, string> {
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  return new Map(items.map(({ value, label }) => [String(value), label]));
}

/** The fields of the input that the choices depend on, and nothing else of it. */
function dependenciesOf(schema: Schema, input: JsonObject): JsonObject {
  const names = JSON.stringify(schema['x-options']?.input ?? {}).matchAll(/\$input\.(\w+)/g);
  return Object.fromEntries([...names].map(([, name]) => [name!, valueAt(input, `/${name}`)]));
}

function withoutIndexes(pointer: string): string {
  return pointer.replaceAll(/\/\d+(?=\/|$)/g, '');
}

function useDebounced(text: string): string {
  const [debounced, setDebounced] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return debounced;
}

import { useRef } from 'react';
import { Button, IconButton } from '../components/button.tsx';
import { below } from '../data/pointer.ts';
import { type ControlProps, useForm } from './form-context.ts';
import { emptyOf, isObject, resolve, typesOf } from './schema.ts';

/** Names of a field that tells items of a list apart. */
const NAMES = ['name', 'key', 'task_key', 'job_cluster_key', 'title', 'value'] as const;

/** A list: items are added, removed and moved. */
export function ListControl({ id, pointer, schema, title, value, onChange, isEntry }: ControlProps) {
  const { root, Field } = useForm();
  const items = Array.isArray(value) ? value : undefined;
  const keys = useKeys(items?.length ?? 0);
  const item = resolve(root, schema.items ?? {});
  const word = item.title ?? 'Item';
  const isFull = schema.maxItems !== undefined && (items?.length ?? 0) >= schema.maxItems;
  const add = () => {
    keys.add();
    onChange([...(items ?? []), emptyOf(root, item)]);
  };
  const remove = (at: number) => {
    keys.remove(at);
    const rest = (items ?? []).filter((_, other) => other !== at);
    onChange(rest.length === 0 && (schema.minItems ?? 0) > 0 && !isEntry ? undefined : rest);
  };
  const move = (at: number, to: number) => {
    keys.move(at, to);
    onChange(moved(items ?? [], at, to));
  };
  return (
    <div className="form-list">
      {items?.length === 0 && <p className="small soft">Sent as an empty list.</p>}
      {items?.map((each, at) => {
        const number = `${word} ${at + 1}`;
        return (
          <Field
            key={keys.list[at]}
            pointer={below(pointer, at)}
            schema={schema.items ?? {}}
            title={isObject(each) ? withName(number, each) : number}
            value={each}
            isEntry
            buttons={
              <>
                {at > 0 && (
                  <IconButton icon="up" label={`Move ${number} of ${title} up`} onPress={() => move(at, at - 1)} />
                )}
                {at < items.length - 1 && (
                  <IconButton icon="down" label={`Move ${number} of ${title} down`} onPress={() => move(at, at + 1)} />
                )}
                <IconButton icon="close" label={`Remove ${number} of ${title}`} onPress={() => remove(at)} />
              </>
            }
          />
        );
      })}
      <div className="row">
        {!isFull && (
          <Button id={id} icon="plus" onPress={add}>
            {typesOf(schema).length > 0 && `Add ${word === 'Item' ? `to ${title}` : word}`}
          </Button>
        )}
        {items !== undefined && !isEntry && (
          <Button kind="quiet" onPress={() => onChange(undefined)}>
            Remove {title}
          </Button>
        )}
        {isFull && <span className="small soft">At most {schema.maxItems!.toLocaleString()}.</span>}
      </div>
    </div>
  );
}

function withName(number: string, item: Record<string, unknown>): string {
  const name = NAMES.map((each) => item[each]).find((each) => typeof each === 'string' && each !== '');
  return name === undefined ? number : `${number}: ${name}`;
}

function moved<Item>(list: readonly Item[], from: number, to: number): Item[] {
  const copy = [...list];
  copy.splice(to, 0, ...copy.splice(from, 1));
  return copy;
}

/** Keys of items, so that an item that moves keeps what is typed in it. A list that changes from outside gets new ones. */
function useKeys(count: number) {
  const keys = useRef<{ next: number; list: number[] }>({ next: 0, list: [] });
  const { current } = keys;
  if (current.list.length !== count) current.list = Array.from({ length: count }, () => current.next++);
  return {
    list: current.list,
    add() {
      current.list = [...current.list, current.next++];
    },
    remove(at: number) {
      current.list = current.list.filter((_, other) => other !== at);
    },
    move(from: number, to: number) {
      current.list = moved(current.list, from, to);
    },
  };
}

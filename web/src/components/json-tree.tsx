import { useState } from 'react';
import { stringifyExact } from '../data/json.ts';
import { Button } from './button.tsx';

/** Levels that are open at first; children that are shown before "Show more". */
const OPEN_LEVELS = 2;
const FIRST_CHILDREN = 100;

/** A JSON value of any depth and width as a tree; children exist once their parent is open. */
export function JsonTree({ value, level = 0 }: { value: unknown; level?: number }) {
  if (typeof value !== 'object' || value === null) return <code className="tree">{stringifyExact(value) ?? '—'}</code>;
  return (
    <div className="tree">
      <Children value={value} level={level} />
    </div>
  );
}

function Children({ value, level }: { value: object; level: number }) {
  const [shown, setShown] = useState(FIRST_CHILDREN);
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value).values();
  const visible = [...entries.take(shown)];
  const total = Array.isArray(value) ? value.length : Object.keys(value).length;
  if (total === 0) return <span className="soft">{Array.isArray(value) ? '[]' : '{}'}</span>;
  return (
    <ul>
      {visible.map(([key, child]) => (
        <li key={key}>
          <Node name={String(key)} value={child} level={level} />
        </li>
      ))}
      {total > shown && (
        <li>
          <Button kind="quiet" onPress={() => setShown(shown + FIRST_CHILDREN * 10)}>
            Show more ({(total - shown).toLocaleString()} left)
          </Button>
        </li>
      )}
    </ul>
  );
}

function Node({ name, value, level }: { name: string; value: unknown; level: number }) {
  const [isOpen, setOpen] = useState(level < OPEN_LEVELS);
  if (typeof value !== 'object' || value === null || sizeOf(value) === 0) {
    return (
      <>
        <span className="tree-key">{name}: </span>
        {stringifyExact(value) ?? 'null'}
      </>
    );
  }
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className="tree-key">{name}: </span>
        <span className="soft">
          {Array.isArray(value) ? `[${sizeOf(value).toLocaleString()}]` : `{${sizeOf(value).toLocaleString()}}`}
        </span>
      </summary>
      {isOpen && <Children value={value} level={level + 1} />}
    </details>
  );
}

function sizeOf(value: object): number {
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

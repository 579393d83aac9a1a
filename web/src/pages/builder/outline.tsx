import { type ClipboardEvent, type KeyboardEvent, memo, useCallback, useEffect, useId, useRef, useState } from 'react';
import { isObject, ON_FAILURE, placeOf, placesOf } from '../../builder/document.ts';
import { branchList, duplicateStep, endOf, moveStep, removeStep } from '../../builder/edit.ts';
import { TRIGGER_NODE } from '../../builder/graph.ts';
import { marksOf } from '../../builder/step-marks.ts';
import { copySteps, pasteSteps, readSteps } from '../../builder/transfer.ts';
import { Button } from '../../components/button.tsx';
import { Icon, type IconName } from '../../components/icon.tsx';
import { useIsNarrow } from '../../components/narrow.ts';
import { lookOf } from '../../components/status-badge.tsx';
import { isUnder } from '../../data/pointer.ts';
import { type StepState, useBuilder } from './builder-context.ts';
import { useCatalog } from './catalog.ts';

interface Row {
  key: string;
  level: number;
  name: string;
  detail: string;
  icon: IconName;
  marks: readonly string[];
  errors: number;
  size: number;
  at: number;
}

/** What the outline does by keys. */
export const OUTLINE_KEYS =
  'In the outline, Enter opens a step and Escape comes back, A adds one after it, Alt and arrows move it, Control and D duplicates it, Delete removes it. Control and C, X and V copy, cut and paste.';

/** The same document as the drawing, as a tree for the keyboard, a screen reader and a phone. */
export function Outline() {
  const id = useId();
  const builder = useBuilder();
  const { document, selected, select, edit, canEdit, announce, open, spot, focusPanel, runStates } = builder;
  const rows = useRows();
  const [active, setActive] = useState<string>();
  const at = Math.max(
    0,
    rows.findIndex(({ key }) => key === (selected ?? active)),
  );
  const current = rows[at]!;
  const go = (row: Row | undefined) => {
    if (row === undefined) return;
    setActive(row.key);
    select(row.key);
  };
  const latest = useRef({ rows, go });
  latest.current = { rows, go };
  const goTo = useCallback((key: string) => latest.current.go(latest.current.rows.find((row) => row.key === key)), []);
  const isNarrow = useIsNarrow();
  const shownAt = useRef<number>(undefined);
  // Also where it was chosen in the graph, or by the address. On a phone it is the page that would scroll, which begins at its top.
  useEffect(() => {
    const isFirst = shownAt.current === undefined;
    shownAt.current = at;
    if (isFirst && isNarrow) return;
    window.document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, at, isNarrow]);
  const isStep = placeOf(document, current.key) !== undefined;
  const remove = () => {
    if (!canEdit || !isStep) return;
    const next = rows[at + 1] ?? rows[at - 1];
    edit((before) => removeStep(before, current.key));
    select(next?.key);
    announce(`Removed ${current.name}`);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const isCommand = event.ctrlKey || event.metaKey;
    const move = (by: -1 | 1) => {
      edit((before) => moveStep(before, current.key, by));
      announce(`Moved ${current.name} ${by < 0 ? 'up' : 'down'}`);
    };
    const acts: Record<string, (() => void) | undefined> = event.altKey
      ? {
          ArrowUp: isStep && canEdit ? () => move(-1) : undefined,
          ArrowDown: isStep && canEdit ? () => move(1) : undefined,
        }
      : isCommand
        ? { d: isStep && canEdit ? duplicate : undefined }
        : {
            ArrowDown: () => go(rows[at + 1]),
            ArrowUp: () => go(rows[at - 1]),
            Home: () => go(rows[0]),
            End: () => go(rows.at(-1)),
            Enter: () => {
              go(current);
              focusPanel();
            },
            Delete: remove,
            Backspace: remove,
            a: canEdit ? () => open('add', spot()) : undefined,
          };
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const duplicate = () => {
    const made = duplicateStep(document, current.key);
    edit(() => made.document);
    select(made.key);
    announce(`Duplicated ${current.name} as ${made.key}`);
  };
  const onCopy = (event: ClipboardEvent) => {
    if (!isStep) return;
    event.preventDefault();
    event.clipboardData.setData('text/plain', copySteps(document, [current.key]));
    announce(`Copied ${current.name}`);
  };
  const onPaste = (event: ClipboardEvent) => {
    if (!canEdit) return;
    event.preventDefault();
    const read = readSteps(event.clipboardData.getData('text/plain'));
    const pasted = 'problem' in read ? read : pasteSteps(document, spot(), read.value);
    if ('problem' in pasted) return announce(pasted.problem);
    edit(() => pasted.value.document);
    select(pasted.value.key);
    announce(`Pasted ${pasted.value.key}`);
  };
  return (
    <div className="outline">
      <div
        className="outline-tree"
        role="tree"
        aria-label="Outline"
        aria-describedby={`${id}-keys`}
        aria-activedescendant={`${id}-${at}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onCopy={onCopy}
        onCut={(event) => {
          onCopy(event);
          remove();
        }}
        onPaste={onPaste}
      >
        {rows.map((row, index) => (
          <OutlineRow
            key={row.key}
            id={`${id}-${index}`}
            text={JSON.stringify(row)}
            state={runStates.get(row.key)}
            isSelected={row.key === selected}
            isActive={index === at}
            onGo={goTo}
          />
        ))}
      </div>
      {canEdit && <FailureButton />}
      <p id={`${id}-keys`} className="hidden">
        {OUTLINE_KEYS}
      </p>
    </div>
  );
}

/** Steps that run when the whole run fails, whichever step it was. */
function FailureButton() {
  const { document, open } = useBuilder();
  const list = branchList(document, ON_FAILURE)!;
  return (
    <Button kind="quiet" icon="warning" onPress={() => open('add', endOf(document, list))}>
      Add step that runs if the run fails
    </Button>
  );
}

interface OutlineRowProps {
  id: string;
  /** The row as JSON: it is rendered again when that changes. */
  text: string;
  state: StepState | undefined;
  isSelected: boolean;
  isActive: boolean;
  onGo(key: string): void;
}

const OutlineRow = memo(function OutlineRow({ id, text, state, isSelected, isActive, onGo }: OutlineRowProps) {
  const row = JSON.parse(text) as Row;
  return (
    <div
      id={id}
      role="treeitem"
      className="outline-row"
      aria-level={row.level}
      aria-posinset={row.at}
      aria-setsize={row.size}
      aria-selected={isSelected}
      data-active={isActive || undefined}
      style={{ paddingInlineStart: `calc(var(--s2) + ${row.level - 1} * var(--s4))` }}
      onClick={() => onGo(row.key)}
    >
      <Icon name={row.icon} />
      <span className="outline-text">
        <span className="clip">{row.name}</span>
        <span className="outline-detail">
          <span className="soft small clip">{row.detail}</span>
          {row.marks.map((mark) => (
            <span key={mark} className="mark">
              {mark}
            </span>
          ))}
        </span>
      </span>
      <RunState state={state} />
      {row.errors > 0 && (
        <span className="status small" data-state="failed">
          <Icon name="failed" size={14} />
          {row.errors}
          <span className="hidden">{row.errors === 1 ? ' error' : ' errors'}</span>
        </span>
      )}
    </div>
  );
});

function RunState({ state }: { state: StepState | undefined }) {
  if (state === undefined) return null;
  const look = lookOf(state.status);
  return (
    <span className="status small" data-state={look.state}>
      <Icon name={look.icon} size={14} />
      <span className="hidden">{look.word}</span>
      {state.count > 1 && state.count.toLocaleString()}
    </span>
  );
}

function useRows(): Row[] {
  const { document, errors } = useBuilder();
  const { actions, triggers } = useCatalog();
  const trigger = isObject(document.trigger) ? String(document.trigger.id ?? '') : '';
  const places = placesOf(document);
  const countAt = (pointer: string) => errors.filter((error) => isUnder(error.pointer, pointer)).length;
  const sizes = new Map<string, number>();
  for (const { list } of places) sizes.set(list, (sizes.get(list) ?? 0) + 1);
  const levels = new Map<string, number>([[ON_FAILURE, 1]]);
  const rows: Row[] = [
    {
      key: TRIGGER_NODE,
      level: 1,
      name: 'Trigger',
      detail: triggers?.get(trigger)?.title ?? trigger,
      icon: 'workflows',
      marks: [],
      errors: countAt('/trigger'),
      size: (sizes.get('/steps') ?? 0) + 1,
      at: 1,
    },
  ];
  for (const { key, id, step, pointer, branchOf, index, list } of places) {
    const level = branchOf === undefined ? 1 : (levels.get(branchOf) ?? 1) + 1;
    levels.set(key, level);
    const inner = places.filter((other) => other.branchOf === key);
    const own = countAt(pointer) - inner.reduce((sum, other) => sum + countAt(other.pointer), 0);
    const action = typeof step.action === 'string' ? step.action : '';
    rows.push({
      key,
      level,
      name: id || '(no id)',
      detail:
        actions === undefined
          ? action
          : (actions.get(action)?.title ?? `${action || 'no action'} (not among the connectors)`),
      icon: branchOf === undefined ? 'right' : 'warning',
      marks:
        branchOf === ON_FAILURE
          ? ['if the run fails', ...marksOf(step)]
          : branchOf
            ? [`if ${branchOf} fails`, ...marksOf(step)]
            : marksOf(step),
      errors: own,
      size: (sizes.get(list) ?? 1) + (list === '/steps' ? 1 : 0),
      at: index + (list === '/steps' ? 2 : 1),
    });
  }
  return rows;
}

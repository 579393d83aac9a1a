import { useMemo, useRef } from 'react';
import { isObject, type JsonObject, MAIN_LIST, placeOf } from '../../builder/document.ts';
import type { Spot } from '../../builder/edit.ts';
import { FAILURE_NODE, graphOf, TRIGGER_NODE } from '../../builder/graph.ts';
import { marksOf } from '../../builder/step-marks.ts';
import type { IconName } from '../../components/icon.tsx';
import { lookOf, type State } from '../../components/status-badge.tsx';
import { isUnder } from '../../data/pointer.ts';
import { useBuilder } from './builder-context.ts';
import { useCatalog } from './catalog.ts';

/** Everything that a box of the drawing shows. */
export interface NodeView {
  key: string;
  /** What a screen reader says. */
  label: string;
  name: string;
  title: string;
  marks: readonly string[];
  isSelected: boolean;
  isWrong: boolean;
  hasBranch: boolean;
  /** Where a step is added after it; undefined where edges have places for that. */
  spot: Spot | undefined;
  state: { color: State; icon: IconName; count: number; error: string | undefined } | undefined;
}

/** The boxes by key. A box that shows what it did before is the same object. */
export function useNodeViews(): ReadonlyMap<string, NodeView> {
  const { document, selected, errors, runStates } = useBuilder();
  const { actions, triggers } = useCatalog();
  const known = useRef<ReadonlyMap<string, { view: NodeView; text: string }>>(new Map());
  const last = useRef<ReadonlyMap<string, NodeView>>(undefined);
  return useMemo(() => {
    const { nodes, edges } = graphOf(document);
    const sources = new Set(edges.flatMap(({ from, kind }) => (kind === 'needs' ? from : [])));
    const branches = new Set(edges.flatMap(({ from, kind }) => (kind === 'error' ? from : [])));
    const trigger = isObject(document.trigger) ? document.trigger : {};
    const make = (key: string): NodeView => {
      const isTrigger = key === TRIGGER_NODE;
      const place = placeOf(document, key);
      const step: JsonObject = place?.step ?? {};
      const uses = String((isTrigger ? trigger.id : step.action) ?? '');
      const pointer = isTrigger ? '/trigger' : place?.pointer;
      const state = runStates.get(key);
      const look = state === undefined ? undefined : lookOf(state.status);
      const isLeaf = !sources.has(key) && key !== FAILURE_NODE;
      const spot = isTrigger ? { list: MAIN_LIST } : place && { list: place.list, after: place.id };
      const marks = place === undefined ? [] : marksOf(step);
      const ofRun = look === undefined ? [] : [look.word, state?.error?.message].filter((each) => each !== undefined);
      const name = isTrigger ? 'Trigger' : key === FAILURE_NODE ? 'If the run fails' : key;
      return {
        key,
        label: place === undefined ? name : [`Step ${key}`, uses, ...marks, ...ofRun].join(', '),
        name,
        title: key === FAILURE_NODE ? '' : ((isTrigger ? triggers : actions)?.get(uses)?.title ?? uses),
        marks,
        isSelected: key === selected,
        isWrong: pointer !== undefined && errors.some((error) => isUnder(error.pointer, pointer)),
        hasBranch: branches.has(key),
        spot: isLeaf ? spot : undefined,
        state: look && { color: look.state, icon: look.icon, count: state!.count, error: state!.error?.message },
      };
    };
    const next = new Map(
      nodes.map((key) => {
        const view = make(key);
        const text = JSON.stringify(view);
        const before = known.current.get(key);
        return [key, before?.text === text ? before : { view, text }] as const;
      }),
    );
    const isSame =
      next.size === known.current.size && [...next].every(([key, { view }]) => known.current.get(key)?.view === view);
    if (!isSame || last.current === undefined) last.current = new Map([...next].map(([key, { view }]) => [key, view]));
    known.current = next;
    return last.current;
  }, [document, selected, errors, runStates, actions, triggers]);
}

/** A node in a sentence. */
export function nameOf(key: string): string {
  return key === TRIGGER_NODE ? 'the trigger' : key === FAILURE_NODE ? 'the run' : key;
}

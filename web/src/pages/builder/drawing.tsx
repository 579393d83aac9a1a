import {
  BaseEdge,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getSmoothStepPath,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { useMemo } from 'react';
import { isObject, MAIN_LIST, placeOf, placesOf } from '../../builder/document.ts';
import type { Spot } from '../../builder/edit.ts';
import {
  FAILURE_NODE,
  type Graph,
  graphOf,
  layoutOf,
  NODE_HEIGHT,
  NODE_WIDTH,
  TRIGGER_NODE,
} from '../../builder/graph.ts';
import { Icon } from '../../components/icon.tsx';
import { lookOf } from '../../components/status-badge.tsx';
import { useBuilder } from './builder-context.ts';
import { useCatalog } from './catalog.ts';
import { marksOf } from './step-marks.ts';
import { useReplayFrom } from './step-run.tsx';

type StepNode = Node<{ nodeKey: string; isLeaf: boolean; hasBranch: boolean }, 'step'>;
type StepEdge = Edge<{ from: string; to: string; kind: 'needs' | 'error' }, 'step'>;

const NODE_TYPES = { step: StepBox };
const EDGE_TYPES = { step: StepLine };

/** The document as a graph. Places follow from the document; nothing can be dragged, and a click selects. */
export default function Drawing() {
  const { document, selected, select, runStates } = useBuilder();
  const graph = graphOf(document);
  // Typing in a step changes the document and not its shape.
  const shape = JSON.stringify(graph);
  const places = useMemo(() => layoutOf(JSON.parse(shape) as Graph), [shape]);
  const { nodes, edges } = useMemo(() => {
    const drawn = JSON.parse(shape) as Graph;
    const sources = new Set(drawn.edges.filter(({ kind }) => kind === 'needs').map(({ from }) => from));
    const nodes = drawn.nodes.map(
      (key): StepNode => ({
        id: key,
        type: 'step',
        position: places.get(key)!,
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
        data: {
          nodeKey: key,
          isLeaf: !sources.has(key) && key !== FAILURE_NODE,
          hasBranch: drawn.edges.some(({ from, kind }) => from === key && kind === 'error'),
        },
      }),
    );
    const edges = drawn.edges.map(
      ({ from, to, kind }): StepEdge => ({
        id: `${from} ${to}`,
        type: 'step',
        source: from,
        target: to,
        data: { from, to, kind },
        ariaLabel: kind === 'error' ? `${to} runs if ${nameOf(from)} fails` : `${to} runs after ${nameOf(from)}`,
        focusable: false,
      }),
    );
    return { nodes, edges };
  }, [shape, places]);
  const shown = nodes.map((node) => ({
    ...node,
    ariaLabel: labelOf(node.id),
    ariaRole: 'group' as const,
    selected: node.id === selected,
  }));
  return (
    <section className="drawing" aria-label="Graph">
      <ReactFlow
        nodes={shown}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        onNodeClick={(_, { id }) => id !== FAILURE_NODE && select(id)}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.15 }}
        minZoom={0.2}
        maxZoom={1.5}
        proOptions={{ hideAttribution: true }}
      />
    </section>
  );

  function labelOf(key: string): string {
    if (key === TRIGGER_NODE) return 'Trigger';
    if (key === FAILURE_NODE) return 'If the run fails';
    const step = placeOf(document, key)?.step;
    if (step === undefined) return key;
    const state = runStates.get(key);
    const ofRun = state === undefined ? [] : [lookOf(state.status).word, state.error?.message].filter(Boolean);
    return [`Step ${key}`, String(step.action ?? ''), ...marksOf(step), ...ofRun].join(', ');
  }
}

function nameOf(key: string): string {
  return key === TRIGGER_NODE ? 'the trigger' : key === FAILURE_NODE ? 'the run' : key;
}

function StepBox({ data: { nodeKey, isLeaf, hasBranch } }: NodeProps<StepNode>) {
  const { document, selected, errors, runStates, canEdit, open } = useBuilder();
  const { actions, triggers } = useCatalog();
  const place = placeOf(document, nodeKey);
  const trigger = isObject(document.trigger) ? document.trigger : {};
  const isTrigger = nodeKey === TRIGGER_NODE;
  const uses = String((isTrigger ? trigger.id : place?.step.action) ?? '');
  const title = nodeKey === FAILURE_NODE ? '' : ((isTrigger ? triggers : actions)?.get(uses)?.title ?? uses);
  const pointer = isTrigger ? '/trigger' : place?.pointer;
  const isWrong = errors.some((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`));
  const state = runStates.get(nodeKey);
  const replay = useReplayFrom();
  const look = state === undefined ? undefined : lookOf(state.status);
  const spot: Spot | undefined = isTrigger ? { list: MAIN_LIST } : place && { list: place.list, after: place.id };
  return (
    <div
      className="node"
      data-selected={nodeKey === selected || undefined}
      data-state={look?.state ?? (isWrong ? 'failed' : undefined)}
    >
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <span className="node-head">
        {look !== undefined && <Icon name={look.icon} size={14} />}
        {look === undefined && isWrong && <Icon name="failed" size={14} />}
        <span className="clip">{isTrigger ? 'Trigger' : nodeKey === FAILURE_NODE ? 'If the run fails' : nodeKey}</span>
        {state?.error !== undefined && replay !== undefined && (
          <button
            type="button"
            className="link small nodrag node-replay"
            aria-label={`Replay from here: ${nodeKey}`}
            onClick={(event) => {
              event.stopPropagation();
              replay(nodeKey);
            }}
          >
            Replay from here
          </button>
        )}
        {state !== undefined && state.count > 1 && <span className="soft small">{state.count.toLocaleString()}</span>}
      </span>
      <span className="node-foot">
        {state?.error === undefined ? (
          <span className="soft small clip">{title}</span>
        ) : (
          <span className="small clip node-error" title={state.error.message}>
            {state.error.message}
          </span>
        )}
        {state?.error === undefined &&
          place !== undefined &&
          marksOf(place.step).map((mark) => (
            <span key={mark} className="mark">
              {mark}
            </span>
          ))}
      </span>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
      {canEdit && isLeaf && spot !== undefined && (
        <button
          type="button"
          className="plus plus-end nodrag"
          data-beside={hasBranch || undefined}
          aria-label={`Add step after ${nameOf(nodeKey)}`}
          onClick={(event) => {
            event.stopPropagation();
            open('add', spot);
          }}
        >
          <Icon name="plus" size={12} />
        </button>
      )}
    </div>
  );
}

function StepLine({ id, data, ...ends }: EdgeProps<StepEdge>) {
  const { document, canEdit, open } = useBuilder();
  const [path, x, y] = getSmoothStepPath({ ...ends, borderRadius: 8 });
  const { from, to, kind } = data!;
  const target = placesOf(document).find(({ key }) => key === to);
  const source = placeOf(document, from);
  return (
    <>
      <BaseEdge id={id} path={path} className="line" data-kind={kind} />
      {canEdit && target !== undefined && (
        <EdgeLabelRenderer>
          <button
            type="button"
            className="plus nodrag nopan"
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
            aria-label={`Add step between ${nameOf(from)} and ${to}`}
            onClick={() =>
              open('add', {
                list: target.list,
                before: target.id,
                after: kind === 'needs' && source?.list === target.list ? source.id : undefined,
              })
            }
          >
            <Icon name="plus" size={12} />
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

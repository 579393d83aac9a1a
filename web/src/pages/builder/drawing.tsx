import {
  BaseEdge,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { createContext, useContext, useMemo, useRef } from 'react';
import { placesOf } from '../../builder/document.ts';
import {
  FAILURE_NODE,
  type Graph,
  graphOf,
  layoutOf,
  lineAlong,
  NODE_HEIGHT,
  NODE_WIDTH,
} from '../../builder/graph.ts';
import { Icon } from '../../components/icon.tsx';
import { useBuilder } from './builder-context.ts';
import { DrawingView } from './drawing-view.tsx';
import { type NodeView, nameOf, useNodeViews } from './node-views.ts';
import { useReplayFrom } from './step-run.tsx';

type StepNode = Node<{ view: NodeView }, 'step'>;
type StepEdge = Edge<
  {
    from: string;
    to: string;
    kind: 'needs' | 'error';
    list: string | undefined;
    before: string | undefined;
    after: string | undefined;
    turns: readonly { x: number; y: number }[];
  },
  'step'
>;

/** What can be done on the drawing; it stays the same while one types. */
interface Acts {
  canEdit: boolean;
  canReplay: boolean;
  add: ReturnType<typeof useBuilder>['open'];
  replay(step: string): void;
}

const NODE_TYPES = { step: StepBox };
const EDGE_TYPES = { step: StepLine };
const NOWHERE = { x: 0, y: 0, height: NODE_HEIGHT };
const PRO = { hideAttribution: true };
const ActsContext = createContext<Acts | undefined>(undefined);

/**
 * The document as a graph. Places follow from the document; nothing can be dragged, and a click selects. Typing in a step changes the
 * document and neither its shape nor what the boxes show: then nothing is rendered.
 */
export default function Drawing() {
  const { document, selected, select, open, canEdit } = useBuilder();
  const replayFrom = useReplayFrom();
  const views = useNodeViews();
  const lists = placesOf(document).map(({ key, id, list }) => [key, { id, list }] as const);
  const shape = JSON.stringify({ graph: graphOf(document), lists });
  const { places, routes } = useMemo(() => layoutOf((JSON.parse(shape) as { graph: Graph }).graph), [shape]);
  const known = useRef<ReadonlyMap<string, StepNode>>(new Map());
  const nodes = useMemo(() => {
    const next = [...views].map(([key, view]): StepNode => {
      const before = known.current.get(key);
      const position = places.get(key) ?? NOWHERE;
      if (before?.data.view === view && before.position === position) return before;
      return {
        id: key,
        type: 'step',
        position,
        width: NODE_WIDTH,
        height: position.height,
        data: { view },
        ariaLabel: view.label,
        ariaRole: 'group',
        selected: view.isSelected,
      };
    });
    known.current = new Map(next.map((node) => [node.id, node]));
    return next;
  }, [views, places]);
  const edges = useMemo(() => {
    const { graph, lists } = JSON.parse(shape) as { graph: Graph; lists: [string, { id: string; list: string }][] };
    const of = new Map(lists);
    return graph.edges.map(({ from, to, kind }): StepEdge => {
      const [source, target] = [of.get(from), of.get(to)];
      const after = kind === 'needs' && source?.list === target?.list ? source?.id : undefined;
      return {
        id: `${from} ${to}`,
        type: 'step',
        source: from,
        target: to,
        data: {
          from,
          to,
          kind,
          list: target?.list,
          before: target?.id,
          after,
          turns: routes.get(`${from} ${to}`) ?? [],
        },
        ariaLabel: kind === 'error' ? `${to} runs if ${nameOf(from)} fails` : `${to} runs after ${nameOf(from)}`,
        focusable: false,
      };
    });
  }, [shape, routes]);
  const latest = useRef({ open, select, replayFrom });
  latest.current = { open, select, replayFrom };
  const canReplay = replayFrom !== undefined;
  const acts = useMemo<Acts>(
    () => ({
      canEdit,
      canReplay,
      add: (dialog, spot) => latest.current.open(dialog, spot),
      replay: (step) => latest.current.replayFrom?.(step),
    }),
    [canEdit, canReplay],
  );
  return useMemo(
    () => (
      <ActsContext value={acts}>
        <section className="drawing" aria-label="Graph">
          <ReactFlow
            nodes={nodes}
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
            onNodeClick={(_, { id }) => id !== FAILURE_NODE && latest.current.select(id)}
            minZoom={0.2}
            maxZoom={1.5}
            proOptions={PRO}
          >
            <DrawingView selected={selected} places={places} />
          </ReactFlow>
        </section>
      </ActsContext>
    ),
    [acts, nodes, edges, selected, places],
  );
}

function StepBox({ data: { view } }: NodeProps<StepNode>) {
  const { canEdit, canReplay, add, replay } = useContext(ActsContext)!;
  const { key, name, title, marks, isSelected, isWrong, state, spot } = view;
  return (
    <div
      className="node"
      data-selected={isSelected || undefined}
      data-state={state?.color ?? (isWrong ? 'failed' : undefined)}
    >
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <span className="node-head">
        {state !== undefined && <Icon name={state.icon} size={14} />}
        {state === undefined && isWrong && <Icon name="failed" size={14} />}
        <span className="clip">{name}</span>
        {state?.error !== undefined && canReplay && (
          <button
            type="button"
            className="link small nodrag node-replay"
            aria-label={`Replay from here: ${key}`}
            onClick={(event) => {
              event.stopPropagation();
              replay(key);
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
          <span className="small clip node-error" title={state.error}>
            {state.error}
          </span>
        )}
      </span>
      {marks.length > 0 && (
        <span className="node-foot">
          {marks.map((mark) => (
            <span key={mark} className="mark">
              {mark}
            </span>
          ))}
        </span>
      )}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
      {canEdit && spot !== undefined && (
        <button
          type="button"
          className="plus plus-end nodrag"
          data-beside={view.hasBranch || undefined}
          aria-label={`Add step after ${nameOf(key)}`}
          onClick={(event) => {
            event.stopPropagation();
            add('add', spot);
          }}
        >
          <Icon name="plus" size={12} />
        </button>
      )}
    </div>
  );
}

function StepLine({ id, data, ...ends }: EdgeProps<StepEdge>) {
  const { canEdit, add } = useContext(ActsContext)!;
  const { from, to, kind, list, before, after, turns } = data!;
  const { sourceX, sourceY, targetX, targetY } = ends;
  // The turns beside its ends are below and above them.
  const inner = turns.map(({ x, y }, i) => ({ x: i === 0 ? sourceX : i === turns.length - 1 ? targetX : x, y }));
  const { path, middle } = lineAlong([{ x: sourceX, y: sourceY }, ...inner, { x: targetX, y: targetY }]);
  return (
    <>
      <BaseEdge id={id} path={path} className="line" data-kind={kind} />
      {canEdit && list !== undefined && (
        <EdgeLabelRenderer>
          <button
            type="button"
            className="plus nodrag nopan"
            style={{ transform: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)` }}
            aria-label={`Add step between ${nameOf(from)} and ${to}`}
            onClick={() => add('add', { list, before, after })}
          >
            <Icon name="plus" size={12} />
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

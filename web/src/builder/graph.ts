import { graphlib, layout } from '@dagrejs/dagre';
import { type JsonObject, ON_FAILURE, placesOf } from './document.ts';
import { marksOf } from './step-marks.ts';

/** An edge of the drawing: `from` ends before `to`, or its failure starts it. */
export interface GraphEdge {
  from: string;
  to: string;
  kind: 'needs' | 'error';
}

export interface Graph {
  /** Keys of steps, with those of the two nodes that are none. */
  nodes: readonly string[];
  edges: readonly GraphEdge[];
  /** Nodes with a line of marks below their title. */
  marked: readonly string[];
}

/** Keys of nodes that are no steps: a key of a step has neither. */
export const TRIGGER_NODE = '@trigger';
export const FAILURE_NODE = '@failure';
export const NODE_WIDTH = 232;
export const NODE_HEIGHT = 60;
/** What a line of marks adds to the height. */
export const MARKS_HEIGHT = 24;

/** What the drawing shows, without places. */
export function graphOf(document: JsonObject): Graph {
  const places = placesOf(document);
  const edges: GraphEdge[] = [];
  const keyIn = new Map(places.map(({ list, id, key }) => [`${list} ${id}`, key]));
  for (const { key, list, needs, branchOf } of places) {
    const known = needs.map((id) => keyIn.get(`${list} ${id}`)).filter((from) => from !== undefined && from !== key);
    for (const from of known) edges.push({ from: from!, to: key, kind: 'needs' });
    if (known.length > 0) continue;
    if (branchOf === undefined) edges.push({ from: TRIGGER_NODE, to: key, kind: 'needs' });
    else edges.push({ from: branchOf === ON_FAILURE ? FAILURE_NODE : branchOf, to: key, kind: 'error' });
  }
  const hasFailure = places.some(({ branchOf }) => branchOf === ON_FAILURE);
  const nodes = [TRIGGER_NODE, ...places.map(({ key }) => key), ...(hasFailure ? [FAILURE_NODE] : [])];
  const marked = places.flatMap(({ key, step }) => (marksOf(step).length === 0 ? [] : key));
  return { nodes, edges, marked };
}

/** Places of the nodes from top to bottom, in layers: the same graph always has the same. No coordinate is stored. */
export function layoutOf({
  nodes,
  edges,
  marked,
}: Graph): ReadonlyMap<string, { x: number; y: number; height: number }> {
  const tall = new Set(marked);
  const heightOf = (node: string) => NODE_HEIGHT + (tall.has(node) ? MARKS_HEIGHT : 0);
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 32, ranksep: 56 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node, { width: NODE_WIDTH, height: heightOf(node) });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  return new Map(
    nodes.map((node) => {
      const { x, y } = graph.node(node) as { x: number; y: number };
      const height = heightOf(node);
      return [node, { x: Math.round(x - NODE_WIDTH / 2), y: Math.round(y - height / 2), height }];
    }),
  );
}

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
const CORNER = 8;
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

interface Point {
  x: number;
  y: number;
}

export interface Layout {
  /** Top left corners, and heights. */
  places: ReadonlyMap<string, Point & { height: number }>;
  /** By edge, `from to`: where it turns, free of nodes. The first and last points are at the heights of its ends. */
  routes: ReadonlyMap<string, readonly Point[]>;
}

/** Places of the nodes from top to bottom, in layers: the same graph always has the same. No coordinate is stored. */
export function layoutOf({ nodes, edges, marked }: Graph): Layout {
  const tall = new Set(marked);
  const heightOf = (node: string) => NODE_HEIGHT + (tall.has(node) ? MARKS_HEIGHT : 0);
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 32, ranksep: 56 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node, { width: NODE_WIDTH, height: heightOf(node) });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const places = nodes.map((node) => {
    const { x, y } = graph.node(node) as Point;
    const height = heightOf(node);
    return [node, { x: Math.round(x - NODE_WIDTH / 2), y: Math.round(y - height / 2), height }] as const;
  });
  const routes = edges.map(({ from, to }) => {
    const { points = [] } = graph.edge(from, to) as { points?: Point[] };
    return [`${from} ${to}`, turnsOf(points)] as const;
  });
  return { places: new Map(places), routes: new Map(routes) };
}

/** Points of an edge are at its ends, between layers, and in layers that it passes, by turns: it turns between layers. */
function turnsOf(points: readonly Point[]): Point[] {
  const turns: Point[] = [];
  for (let at = 1; at < points.length - 1; at += 2) {
    const y = Math.round(points[at]!.y);
    for (const beside of [points[at - 1]!, points[at + 1]!]) turns.push({ x: Math.round(beside.x), y });
  }
  return turns;
}

/** A line along points, with round corners; and its middle, where a button is. */
export function lineAlong(points: readonly Point[]): { path: string; middle: Point } {
  const [first, ...rest] = points as [Point, ...Point[]];
  let path = `M${first.x},${first.y}`;
  for (const [i, point] of rest.entries()) {
    const [before, after] = [points[i]!, rest[i + 1]];
    if (after === undefined) path += `L${point.x},${point.y}`;
    else {
      const [from, to] = [towards(point, before), towards(point, after)];
      path += `L${from.x},${from.y}Q${point.x},${point.y} ${to.x},${to.y}`;
    }
  }
  const [one, other] = [points[Math.floor((points.length - 1) / 2)]!, points[Math.ceil((points.length - 1) / 2)]!];
  return { path, middle: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 } };
}

/** A point near a corner, on the way to another one. */
function towards(corner: Point, point: Point): Point {
  const length = Math.hypot(point.x - corner.x, point.y - corner.y);
  const part = length === 0 ? 0 : Math.min(CORNER, length / 2) / length;
  return { x: corner.x + (point.x - corner.x) * part, y: corner.y + (point.y - corner.y) * part };
}

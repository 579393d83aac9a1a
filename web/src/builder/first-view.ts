import { type Layout, NODE_WIDTH } from './graph.ts';

type Place = Layout['places'] extends ReadonlyMap<string, infer Value> ? Value : never;

/** Smaller texts cannot be read. */
const MIN_ZOOM = 0.6;
/** Around the boxes, with the button below the last one. */
const AROUND = 56;

/**
 * What a drawing shows first: all of it where that can be read, else the selected box, or where it begins. As the viewport of the drawing:
 * a point of it is at `x + zoom * point.x`.
 */
export function firstView(
  places: ReadonlyMap<string, Place>,
  selected: Place | undefined,
  { width, height }: { width: number; height: number },
): { x: number; y: number; zoom: number } {
  const all = [...places.values()];
  const [left, top] = [Math.min(...all.map(({ x }) => x)), Math.min(...all.map(({ y }) => y))];
  const right = Math.max(...all.map(({ x }) => x + NODE_WIDTH));
  const bottom = Math.max(...all.map((place) => place.y + place.height));
  const needed = { width: right - left + 2 * AROUND, height: bottom - top + 2 * AROUND };
  const zoom = Math.max(MIN_ZOOM, Math.min(1, width / needed.width, height / needed.height));
  const begin = all[0]!;
  const at = selected ?? begin;
  const middle = {
    x: needed.width * zoom <= width ? (left + right) / 2 : at.x + NODE_WIDTH / 2,
    y:
      needed.height * zoom <= height
        ? (top + bottom) / 2
        : selected === undefined
          ? begin.y - AROUND + height / 2 / zoom
          : at.y + at.height / 2,
  };
  return { x: width / 2 - middle.x * zoom, y: height / 2 - middle.y * zoom, zoom };
}

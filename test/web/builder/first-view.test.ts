import { expect, test } from 'vitest';
import { firstView } from '../../../web/src/builder/first-view.ts';
import { NODE_HEIGHT, NODE_WIDTH } from '../../../web/src/builder/graph.ts';

const SIZE = { width: 460, height: 700 };
const chain = (steps: number) =>
  new Map(Array.from({ length: steps }, (_, at) => [`s${at}`, { x: 0, y: at * 116, height: NODE_HEIGHT }]));
/** Where the middle of a box is shown. */
const shownAt = (place: { x: number; y: number; height: number }, view: ReturnType<typeof firstView>) => ({
  x: view.x + view.zoom * (place.x + NODE_WIDTH / 2),
  y: view.y + view.zoom * (place.y + place.height / 2),
});

test('one box is in the middle, at its size', () => {
  const places = chain(1);
  const view = firstView(places, undefined, SIZE);

  expect(view.zoom).toBe(1);
  expect(shownAt(places.get('s0')!, view)).toEqual({ x: 230, y: 350 });
});

test('all boxes are in sight while they can be read', () => {
  const places = chain(7);
  const view = firstView(places, undefined, SIZE);

  expect(view.zoom).toBeLessThan(1);
  for (const place of places.values()) {
    const { y } = shownAt(place, view);
    expect(y > 0 && y < SIZE.height).toBe(true);
  }
});

test('of a hundred boxes, the first ones are shown in a size that can be read, or the selected one', () => {
  const places = chain(100);
  const [start, selected] = [firstView(places, undefined, SIZE), firstView(places, places.get('s50'), SIZE)];

  expect(start.zoom).toBe(0.6);
  expect(shownAt(places.get('s0')!, start).y).toBeLessThan(100);
  expect(shownAt(places.get('s0')!, start).y).toBeGreaterThan(20);
  expect(shownAt(places.get('s50')!, selected)).toEqual({ x: 230, y: 350 });
});

import { Panel, useReactFlow, useStore } from '@xyflow/react';
import { useEffect, useRef } from 'react';
import { firstView } from '../../builder/first-view.ts';
import { type Layout, NODE_WIDTH } from '../../builder/graph.ts';
import { IconButton } from '../../components/button.tsx';

interface DrawingViewProps {
  selected: string | undefined;
  places: Layout['places'];
}

/** Which part of the drawing is shown. What is selected comes into sight where it is not: after it was added, or chosen in the outline. */
export function DrawingView({ selected, places }: DrawingViewProps) {
  const flow = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const isShown = useRef(false);
  const latest = useRef(places);
  latest.current = places;
  const place = selected === undefined ? undefined : places.get(selected);
  useEffect(() => {
    if (width === 0 || height === 0) return;
    if (!isShown.current) {
      isShown.current = true;
      void flow.setViewport(firstView(latest.current, place, { width, height }));
      return;
    }
    if (place === undefined) return;
    const { x, y, zoom } = flow.getViewport();
    const center = { x: place.x + NODE_WIDTH / 2, y: place.y + place.height / 2 };
    const [left, top] = [center.x * zoom + x, center.y * zoom + y];
    const isInSight = left > 0 && left < width && top > 0 && top < height;
    if (!isInSight) void flow.setCenter(center.x, center.y, { zoom });
  }, [place, flow, width, height]);
  return (
    <Panel position="bottom-left" className="drawing-buttons">
      <IconButton icon="plus" label="Zoom in" onPress={() => void flow.zoomIn()} />
      <IconButton icon="minus" label="Zoom out" onPress={() => void flow.zoomOut()} />
      <IconButton icon="fit" label="Show all" onPress={() => void flow.fitView({ maxZoom: 1, padding: 0.1 })} />
    </Panel>
  );
}

import { createRoute, retainSearchParams } from '@tanstack/react-router';
import { Frame } from '../frame/frame.tsx';
import { rootRoute } from './root.ts';
import { texts } from './search.ts';

/** The parent of every page of a signed-in person. The chosen account stays in the URL from page to page. */
export const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  component: Frame,
  validateSearch: texts('account'),
  search: { middlewares: [retainSearchParams(['account'])] },
});

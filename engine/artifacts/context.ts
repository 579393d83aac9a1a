import type { Context as StoreContext } from '../store/context.ts';
import type { ArtifactStore } from './artifact-store.ts';

/**
 * What the artifacts floor is given. Here belong values that are too large for Redis: where they are kept, and how they
 * are read in parts, whatever their format. It knows a run only as the id that an artifact is named by.
 */
export interface Context extends StoreContext {
  artifacts: ArtifactStore;
}

import { type ArtifactHandle, artifactId } from '../artifacts/artifact-store.ts';
import type { Owners } from '../queue/run-places.ts';
import type { Context } from './context.ts';
import type { Run } from './run.ts';

/** Bytes that go when the run goes; a workflow's run refers to the artifact of its last step. */
export function ownBytes(run: string, artifact: ArtifactHandle | undefined): number {
  return artifact?.id.startsWith(artifactId(run, '')) ? (artifact.size ?? 0) : 0;
}

/** The stream of the changes of a run; `undefined` for a run that is in no list. */
export function changesOf({ keys }: Pick<Context, 'keys'>, run: Pick<Run, 'purpose' | 'parent' | 'tenant'>) {
  if (run.purpose === 'poll' || run.purpose === 'lookup') return undefined;
  return keys.changes(run.parent ?? run.tenant);
}

/** Who the place of a run in flight belongs to. */
export function ownersOf({ kind, linked_account, tenant }: Pick<Run, 'kind' | 'linked_account' | 'tenant'>): Owners {
  return { account: (kind === 'workflow' ? undefined : linked_account) ?? tenant, tenant };
}

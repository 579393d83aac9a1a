import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const ROOT = resolve(import.meta.dirname, '..');
/**
 * Files that take fifteen seconds or more, the longest first: one that began late would run on alone while the processor waits. vitest
 * knows how long each took only where it ran before, which a clean clone did not.
 */
const LONG = [
  'test/engine/isolation/isolation.test.ts',
  'test/services/github/dispatch-workflow.test.ts',
  'test/start/start.test.ts',
  'test/emulator/sql-cases.test.ts',
  'test/engine/polling/change-feed.test.ts',
  'test/engine/runs/launches.test.ts',
  'test/engine/polling/large-pages.test.ts',
  'test/engine/artifacts/large-results.test.ts',
  'test/engine/polling/cursor-types.test.ts',
  'test/engine/store/redis-outage.test.ts',
  'test/engine/expression-threads/expressions.test.ts',
  'test/engine/store/upgrade.test.ts',
  'test/engine/polling/sync-crashes.test.ts',
  'test/engine/polling/sync-sources.test.ts',
  'test/services/postgres/rows.test.ts',
  'test/cli/parts.test.ts',
  'test/api/canary-exits.test.ts',
  'test/engine/polling/bad-sources.test.ts',
  'test/examples/repair-after-approval.test.ts',
  'test/engine/replay/bulk-replay.test.ts',
  'test/engine/credentials/oauth/processes.test.ts',
  'test/examples/load-arrived-files.test.ts',
  'test/engine/polling/triggers.test.ts',
  'test/examples/nightly-report.test.ts',
  'test/engine/queue/poll-lists.test.ts',
  'test/services/postgres/engine.test.ts',
  'test/manifests/replay.test.ts',
  'test/engine/operations/delete-tenant.test.ts',
  'test/engine/polling/late-rows.test.ts',
  'test/engine/runs/bad-answers.test.ts',
];

/** The order of vitest, but the long files of a project come first in it. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    for (const file of LONG) if (!existsSync(resolve(ROOT, file))) throw new Error(`${file} is not there; see LONG`);
    const projects = Map.groupBy(await super.sort(files), ({ project }) => project.name);
    return [...projects.values()].flatMap((sorted) => sorted.toSorted((a, b) => placeOf(a) - placeOf(b)));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONG.indexOf(relative(ROOT, moduleId));
  return place < 0 ? LONG.length : place;
}

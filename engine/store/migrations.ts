import type { MigrationStep } from './migrate.ts';
import { toVersion2 } from './version-2.ts';

export type { MigrationStep } from './migrate.ts';

/** Every step there is, in order. A step that was released is never changed. */
export const MIGRATIONS: readonly MigrationStep[] = Object.freeze([{ to: 2, oldestReader: 2, run: toVersion2 }]);

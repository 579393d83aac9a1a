import type { Run } from '../runs/run.ts';
import type { SecretPlaces } from '../secrets/secret-places.ts';
import type { Definition } from './definitions.ts';
import type { Step } from './workflow-schema.ts';

/** Where a step stands when its expressions are read. */
export interface StepPlace {
  /** The run of the workflow, without its input. */
  run: Run;
  definition: Definition;
  /** Step -> id of its run. */
  children: ReadonlyMap<string, string>;
  step?: Pick<Step, 'id'>;
  item?: { value: unknown; index: number; places?: SecretPlaces };
  /** Somebody else than the workflow's author chose the template: it reads what a viewer may, and no secrets. */
  isShown?: boolean;
}

import type { Run, Workflow } from 'penstock-client';
import { createContext, useContext } from 'react';
import type { JsonObject } from '../../builder/document.ts';
import type { Spot } from '../../builder/edit.ts';
import type { Saver, SaveState } from '../../builder/saver.ts';

/** A dialog of the builder; its name is in the URL. */
export type BuilderDialog =
  | 'add'
  | 'action'
  | 'trigger'
  | 'paste'
  | 'publish'
  | 'run'
  | 'versions'
  | 'import'
  | 'settings';

export interface Builder {
  workflow: Workflow;
  document: JsonObject;
  /** Whether the person may change the workflow; else it is only shown. */
  canEdit: boolean;
  /** Changes the document. Changes of one `place` in quick succession are one step of undo. */
  edit(change: (document: JsonObject) => JsonObject, place?: string): void;
  undo: (() => void) | undefined;
  redo: (() => void) | undefined;
  saver: Saver;
  saving: SaveState;
  /** Key of the selected step, or that of the trigger. */
  selected: string | undefined;
  select(key: string | undefined, tab?: string): void;
  /** Moves the focus into the panel of what is selected. */
  focusPanel(): void;
  open(dialog: BuilderDialog, spot?: Spot): void;
  close(): void;
  /** Where the next step is added: after the selected one, or at the end. */
  spot(): Spot;
  /** Says something that happened, also to screen readers. */
  announce(text: string): void;
  /** Errors of the last check, by pointer into the document. */
  errors: readonly { pointer: string; message: string; hint?: string }[];
  /** The run that is shown on the drawing. */
  run: Run | undefined;
  /** Statuses of the steps of the run that is shown, by step id. */
  runStates: ReadonlyMap<string, StepState>;
}

export interface StepState {
  status: string;
  attempts: number;
  /** Runs of the step: items of a loop are several. */
  count: number;
  /** The run of the step that `status` is of. */
  run?: string;
  error?: { code: string; message: string } | undefined;
}

export const BuilderContext = createContext<Builder | undefined>(undefined);

export function useBuilder(): Builder {
  return useContext(BuilderContext)!;
}

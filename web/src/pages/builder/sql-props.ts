import type { Caret } from './hand-over.ts';
import type { SqlName } from './sql-names.ts';

export interface SqlEditorProps {
  id: string;
  label: string;
  text: string;
  onChange(text: string): void;
  describedBy: string | undefined;
  isInvalid: boolean;
  /** Of the field that stood in for the editor. */
  caret: Caret;
  parameters: readonly string[];
  names(text: string, at: number): Promise<SqlName[]>;
}

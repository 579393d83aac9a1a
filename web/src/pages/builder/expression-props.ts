import type { Completion } from '../../builder/completions.ts';
import type { Caret } from './hand-over.ts';

export interface ExpressionEditorProps {
  id: string;
  label: string;
  text: string;
  onChange(text: string): void;
  describedBy: string | undefined;
  isInvalid: boolean;
  isDisabled: boolean;
  /** The text is one expression, without braces. */
  isWhole: boolean;
  /** Of the field that stood in for the editor. */
  caret: Caret;
  /** Where in the text something is wrong. */
  problem: { from: number; to: number; message: string } | undefined;
  complete(text: string, at: number, isAsked: boolean): Promise<{ from: number; options: Completion[] } | undefined>;
  /** Whether a place is inside of an expression. */
  isInside(text: string, at: number): boolean;
}

import { type ComponentType, createContext, type ReactNode, useContext } from 'react';
import type { JsonObject, Schema } from './schema.ts';

/** One choice of a field with `x-options`. */
export interface Choice {
  value?: unknown;
  label: string;
}

/** Where the choices of fields come from. */
export interface Choices {
  /** What the choices depend on beside the input: the action and the account. Choices are kept by it. */
  key: string;
  load(
    question: { field: string; input: JsonObject; search?: string; cursor?: string },
    signal: AbortSignal,
  ): Promise<{ items: Choice[]; next_cursor?: string | null }>;
}

/** A field, for an editor of expressions that stands in place of its control. */
export interface ExpressionField {
  /** JSON pointer in the input. */
  pointer: string;
  /** Without `$ref`. */
  schema: Schema;
  title: string;
  value: unknown;
  onChange(value: unknown): void;
  /** The id that the label names; `describedBy` names hint and error. */
  id: string;
  describedBy: string | undefined;
  isInvalid: boolean;
}

/** Lets every field of a form have an expression in place of a value. */
export interface ExpressionMode {
  /** Whether a value is an expression: it is shown by `render`. */
  isExpression(value: unknown): boolean;
  /** What a field becomes when a person presses "Expression"; its value was this. */
  start(value: unknown, schema: Schema): unknown;
  render(field: ExpressionField): ReactNode;
}

/** One field of an object, a list or a map. */
export interface FieldProps {
  /** JSON pointer in the input. */
  pointer: string;
  schema: Schema;
  value: unknown;
  /** In place of the title of the schema. */
  title: string;
  isRequired?: boolean;
  isEntry?: boolean;
  /** Said of the field: that the service does not read it now. */
  remark?: string | undefined;
  /** Buttons of the list or map that it belongs to. */
  buttons?: ReactNode;
}

export interface Form {
  id: string;
  root: Schema;
  /** The whole value as it is now, for choices that depend on it. */
  current(): JsonObject;
  change(pointer: string, value: unknown): void;
  /** Messages of the API by JSON pointer. */
  errors: ReadonlyMap<string, string>;
  /** A control has text that is no value: the form is not whole. */
  report(pointer: string, problem: string | undefined): void;
  choices: Choices | undefined;
  expressions: ExpressionMode | undefined;
  /** In place of a plain field for statements of SQL. */
  renderSql: ((control: ControlProps) => ReactNode) | undefined;
  /** What lists, maps and objects show their members with; they are in it themselves. */
  Field: ComponentType<FieldProps>;
}

export const FormContext = createContext<Form | undefined>(undefined);

export function useForm(): Form {
  return useContext(FormContext)!;
}

/** The id of the control at a pointer; a pointer may have spaces, an id in a list of ids may not. */
export function controlId(formId: string, pointer: string): string {
  return `${formId}-${encodeURIComponent(pointer)}`;
}

/** What every control gets. */
export interface ControlProps {
  id: string;
  pointer: string;
  /** Without `$ref`. */
  schema: Schema;
  title: string;
  value: unknown;
  /** undefined leaves the field out. */
  onChange(value: unknown): void;
  /** An item of a list or an entry of a map: it is removed by its parent, never left out. */
  isEntry: boolean;
  isRequired: boolean;
  describedBy: string | undefined;
  isInvalid: boolean;
}

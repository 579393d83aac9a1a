import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, type ComponentProps, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { onTestFinished } from 'vitest';
import { InputForm } from '../../web/src/forms/input-form.tsx';
import type { JsonObject, Schema } from '../../web/src/forms/schema.ts';
import { useUndo } from '../../web/src/forms/undo.ts';
import { FormDriver } from './form-driver.ts';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

type FormProps = ComponentProps<typeof InputForm>;

export interface RenderedForm {
  container: HTMLElement;
  driver: FormDriver;
  /** The value that the parent holds now. */
  value(): JsonObject;
  problems(): ReadonlyMap<string, string>;
  set(value: JsonObject): Promise<void>;
  undo(): Promise<void>;
  show(errors: FormProps['errors']): Promise<void>;
}

/** A form in a document, with its value held as pages hold it. */
export async function renderForm(
  schema: Schema,
  initial: JsonObject = {},
  props: Partial<FormProps> = {},
): Promise<RenderedForm> {
  const container = document.createElement('div');
  document.body.append(container);
  const root = createRoot(container);
  onTestFinished(async () => {
    await act(async () => root.unmount());
    container.remove();
  });
  const seen: {
    value: JsonObject;
    problems: ReadonlyMap<string, string>;
    set?: (value: JsonObject) => void;
    undo?: (() => void) | undefined;
    show?: (errors: FormProps['errors']) => void;
  } = { value: initial, problems: new Map() };
  function Parent() {
    const history = useUndo<JsonObject>(initial);
    const [errors, setErrors] = useState<FormProps['errors']>([]);
    Object.assign(seen, { value: history.value, set: history.change, undo: history.undo, show: setErrors });
    return (
      <InputForm
        label="Input"
        schema={schema}
        value={history.value}
        onChange={history.change}
        errors={errors}
        onProblems={(problems) => {
          seen.problems = problems;
        }}
        {...props}
      />
    );
  }
  const queries = new QueryClient();
  await act(async () =>
    root.render(
      <QueryClientProvider client={queries}>
        <Parent />
      </QueryClientProvider>,
    ),
  );
  return {
    container,
    driver: new FormDriver(container),
    value: () => seen.value,
    problems: () => seen.problems,
    set: (value) => act(async () => seen.set!(value)),
    undo: () => act(async () => seen.undo!()),
    show: (errors) => act(async () => seen.show!(errors)),
  };
}

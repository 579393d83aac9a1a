import { lazy, Suspense } from 'react';
import { Skeleton } from '../../components/states.tsx';

const JsonEditor = lazy(() => import('./json-editor.tsx'));

interface InputEditorProps {
  label: string;
  value: unknown;
  onChange(value: unknown): void;
  isReadOnly: boolean;
}

/** A part of the document as JSON. The editor is loaded when the first one is opened. */
export function InputEditor(props: InputEditorProps) {
  return (
    <Suspense fallback={<Skeleton />}>
      <JsonEditor {...props} />
    </Suspense>
  );
}

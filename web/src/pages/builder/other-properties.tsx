import type { JsonObject } from '../../builder/document.ts';
import { Button } from '../../components/button.tsx';
import { stringifyExact } from '../../data/json.ts';
import { below, valueAt, withValueAt } from '../../data/pointer.ts';
import { useBuilder } from './builder-context.ts';

const MAX_TEXT = 200;

interface OtherPropertiesProps {
  /** What may have properties that nobody knows: a step, the trigger, or the workflow. */
  value: JsonObject;
  pointer: string;
  known: readonly string[];
  /** Further values that nobody knows, by pointer into the document. */
  more?: readonly { pointer: string; value: unknown }[];
}

/** Properties that are kept although the app does not know them: shown, and removed where a person wants to publish without them. */
export function OtherProperties({ value, pointer, known, more = [] }: OtherPropertiesProps) {
  const { edit, canEdit } = useBuilder();
  const others = [
    ...Object.entries(value)
      .filter(([name, item]) => !known.includes(name) && item !== undefined)
      .map(([name, item]) => ({ pointer: below(pointer, name), value: item })),
    ...more,
  ];
  if (others.length === 0) return null;
  return (
    <fieldset className="group">
      <legend>Unknown properties</legend>
      <p className="soft small">They are kept. A workflow with them cannot be published.</p>
      {others.map(({ pointer: at, value: item }) => (
        <div key={at} className="row" data-place={at.slice(pointer.length)}>
          <code className="clip">{at.slice(pointer.length + 1)}</code>
          <span className="soft small mono clip">{(stringifyExact(item) ?? '').slice(0, MAX_TEXT)}</span>
          {canEdit && (
            <Button kind="quiet" onPress={() => edit((before) => withoutAt(before, at))}>
              Remove<span className="hidden"> {at.slice(pointer.length + 1)}</span>
            </Button>
          )}
        </div>
      ))}
    </fieldset>
  );
}

/** An item of a list goes with its place. */
function withoutAt(document: JsonObject, pointer: string): JsonObject {
  const end = pointer.lastIndexOf('/');
  const around = pointer.slice(0, end);
  const list = valueAt(document, around);
  if (!Array.isArray(list)) return withValueAt(document, pointer, undefined);
  return withValueAt(document, around, list.toSpliced(Number(pointer.slice(end + 1)), 1));
}

import { placesOf } from '../../builder/document.ts';
import { Notice } from '../../components/notice.tsx';
import { isUnder } from '../../data/pointer.ts';
import { useBuilder } from './builder-context.ts';

/** What the last check said of a part of the document, without what it said of steps inside. */
export function FieldErrors({ pointer }: { pointer: string }) {
  const { errors, document } = useBuilder();
  const inner = placesOf(document).filter((place) => place.pointer.startsWith(`${pointer}/`));
  const own = errors.filter(
    (error) => isUnder(error.pointer, pointer) && !inner.some((place) => isUnder(error.pointer, place.pointer)),
  );
  if (own.length === 0) return null;
  return (
    <Notice state="failed">
      <ul>
        {own.map((error) => (
          <li key={`${error.pointer} ${error.message}`}>
            <code>{error.pointer.slice(pointer.length + 1).replaceAll('/', ' › ') || 'It'}</code> {error.message}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

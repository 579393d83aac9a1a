import { placeAround } from '../../builder/document.ts';
import { Notice } from '../../components/notice.tsx';
import { isUnder } from '../../data/pointer.ts';
import { createStore, useStore } from '../../data/store.ts';
import { useBuilder } from './builder-context.ts';

/** Texts in forms that are no value, by where that would be: the document has the value from before. */
const unreadTexts = createStore<ReadonlyMap<string, string>>(new Map());

/** The texts of one form; `problems` is by pointer into its value. */
export function noteUnread(root: string, problems: ReadonlyMap<string, string>): void {
  const others = [...unreadTexts.get()].filter(([at]) => !isUnder(at, root));
  const own = [...problems].map(([at, problem]) => [root + at, problem] as const);
  if (others.length < unreadTexts.get().size || own.length > 0) unreadTexts.set(new Map([...others, ...own]));
  // Such a text is kept nowhere: nobody can tell which part of it is a secret.
  if (unreadTexts.get().size > 0) addEventListener('beforeunload', askFirst);
  else removeEventListener('beforeunload', askFirst);
}

function askFirst(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

export function useUnreadTexts(): ReadonlyMap<string, string> {
  return useStore(unreadTexts);
}

/** Says that what stands in a form is not what would run. */
export function UnreadTexts() {
  const { document } = useBuilder();
  const texts = useUnreadTexts();
  if (texts.size === 0) return null;
  const nameOf = (pointer: string) => {
    const place = placeAround(document, pointer);
    return `${place?.key ?? ''}${pointer.slice(place?.pointer.length ?? 1).replaceAll('/', ' › ')}`;
  };
  return (
    <Notice state="waiting">
      What is typed here is no value, so that the draft has the one from before. Correct it first:
      <ul className="check-list">
        {[...texts].map(([pointer, problem]) => (
          <li key={pointer}>
            <code>{nameOf(pointer)}</code> {problem}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

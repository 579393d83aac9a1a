import { type RefObject, useLayoutEffect, useRef } from 'react';

/** What was selected in the field that stood in for an editor until that was loaded; undefined where it had no focus. */
export type Caret = RefObject<{ anchor: number; head: number } | undefined>;

/** A person may type before the editor is there: it takes over focus, cursor and selection. */
export function useCaret(): Caret {
  return useRef<{ anchor: number; head: number }>(undefined);
}

/** The field that stands in: when it goes, it leaves what is selected in it. */
export function useStandIn(caret: Caret): RefObject<HTMLTextAreaElement | null> {
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(
    () => () => {
      const { current: element } = field;
      const hasFocus = element !== null && element === document.activeElement;
      caret.current = hasFocus ? { anchor: element.selectionStart, head: element.selectionEnd } : undefined;
    },
    [caret],
  );
  return field;
}

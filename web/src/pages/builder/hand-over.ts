import { type FocusEvent, type RefObject, type SyntheticEvent, useRef } from 'react';

/** Where the cursor is in the field that stands in for an editor while that is loaded; undefined while it has no focus. */
export type Caret = RefObject<number | undefined>;

/** A person may type before the editor is there: it takes over focus and cursor. */
export function useCaret(): Caret {
  return useRef<number>(undefined);
}

type Field = HTMLTextAreaElement;

/** What notes the cursor of the field. */
export function noteCaret(caret: Caret) {
  const note = (event: SyntheticEvent<Field>) => {
    caret.current = event.currentTarget.selectionStart;
  };
  return {
    onFocus: note,
    onSelect: note,
    onKeyUp: note,
    onBlur(event: FocusEvent<Field>) {
      if (event.currentTarget.isConnected) caret.current = undefined;
    },
  };
}

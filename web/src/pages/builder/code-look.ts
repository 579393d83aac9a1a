import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const theme = EditorView.theme({
  '&': { color: 'var(--ink)', background: 'var(--raised)', fontSize: '0.8125rem', maxHeight: '28rem' },
  '&.cm-focused': { outline: '2px solid var(--ink)', outlineOffset: '-1px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.25rem' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-gutters': { color: 'var(--ink-soft)', background: 'var(--surface)', border: 'none' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection': { background: 'var(--selected)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-tooltip': {
    color: 'var(--ink)',
    background: 'var(--raised)',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius)',
    boxShadow: 'var(--shadow)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '16rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.25rem 0.5rem', lineHeight: '1.25rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    color: 'var(--ink)',
    background: 'var(--selected)',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionDetail': { color: 'var(--ink-soft)', fontStyle: 'normal', marginInlineStart: '0.75rem' },
  '.cm-completionInfo': { maxWidth: '20rem', padding: '0.5rem' },
  '.cm-diagnostic': { padding: '0.25rem 0.5rem', borderInlineStart: '3px solid var(--failed)' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--failed)' },
});

/** Color means a state, so that names differ by weight and slant alone. */
const look = HighlightStyle.define([
  { tag: [tags.propertyName, tags.keyword, tags.function(tags.variableName)], fontWeight: '600' },
  { tag: tags.comment, fontStyle: 'italic' },
]);

/**
 * A browser keeps the looks of text that is typed over by an inline style, which the content security policy forbids: what is typed
 * over a selection is put there by the editor itself.
 */
const typeOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection;
    if (event.inputType !== 'insertText' || event.data === null || main.empty || view.state.readOnly) return false;
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true });
    return true;
  },
});

/** How every editor of code looks. */
export const codeLook: Extension = [theme, syntaxHighlighting(look), typeOver];

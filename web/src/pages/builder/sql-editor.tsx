import { autocompletion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap } from '@codemirror/commands';
import { keywordCompletionSource, StandardSQL, sql } from '@codemirror/lang-sql';
import { bracketMatching } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { sqlPlaceAt } from '../../builder/sql.ts';
import { codeLook } from './code-look.ts';
import { insertTarget } from './insert-target.ts';
import type { SqlName } from './sql-names.ts';
import type { SqlEditorProps } from './sql-props.ts';

/** A statement with completion of names, columns, parameters and keywords. The document is the one that undoes. */
export default function SqlEditor(props: SqlEditorProps) {
  const { id, label, text, describedBy, isInvalid } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    // In a shadow tree the editor brings its styles without a style element, which the content security policy forbids.
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: 'open' });
    const complete = async (context: CompletionContext): Promise<CompletionResult | null> => {
      const text = context.state.doc.toString();
      const place = sqlPlaceAt(text, context.pos);
      const isNothing = place?.kind === 'name' && place.parents.length === 0 && place.from === context.pos;
      if (place === undefined || (isNothing && !context.explicit)) return null;
      const names =
        place.kind === 'parameter'
          ? parametersFor(latest.current.parameters, text.slice(place.from, context.pos))
          : await latest.current.names(text, context.pos);
      if (context.aborted) return null;
      return {
        from: place.from,
        options: names.map((name) => ({ ...name, detail: ` ${name.detail}`, boost: 1 })),
        validFor: /^\w*$/,
      };
    };
    const keywords = keywordCompletionSource(StandardSQL, true);
    const editor = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: latest.current.text,
        extensions: [
          sql({ dialect: StandardSQL }),
          bracketMatching(),
          codeLook,
          EditorView.theme({ '.cm-content': { minHeight: '6rem' } }),
          autocompletion({ override: [complete, keywords], icons: false, interactionDelay: 0 }),
          keymap.of(defaultKeymap),
          EditorView.lineWrapping,
          EditorView.updateListener.of((update) => {
            if (update.focusChanged && update.view.hasFocus) insertTarget.set(target);
            if (!update.docChanged || update.transactions.some((each) => each.isUserEvent('set'))) return;
            const next = update.state.doc.toString();
            latest.current.text = next;
            latest.current.onChange(next);
          }),
        ],
      }),
    });
    const target = {
      label: latest.current.label,
      isThere: () => host.current?.isConnected === true,
      insert(expression: string) {
        const { main } = editor.state.selection;
        const insert = `{{ ${expression} }}`;
        const selection = { anchor: main.from + insert.length };
        editor.dispatch({ changes: { from: main.from, to: main.to, insert }, selection, userEvent: 'input.paste' });
        editor.focus();
      },
    };
    view.current = editor;
    // What leads to a field focuses the element with its id. As a place of its own, it would take the editor out of the order of Tab.
    host.current!.focus = () => editor.focus();
    const { caret } = latest.current;
    if (caret.current !== undefined) {
      const { anchor, head } = caret.current;
      const { length } = editor.state.doc;
      editor.dispatch({ selection: { anchor: Math.min(anchor, length), head: Math.min(head, length) } });
      editor.focus();
      caret.current = undefined;
    }
    return () => {
      if (insertTarget.get() === target) insertTarget.set(undefined);
      editor.destroy();
    };
  }, []);
  useEffect(() => {
    const { contentDOM } = view.current!;
    contentDOM.setAttribute('aria-label', label);
    if (isInvalid) contentDOM.setAttribute('aria-invalid', 'true');
    else contentDOM.removeAttribute('aria-invalid');
    const said = describedBy
      ?.split(' ')
      .map((each) => document.getElementById(each)?.textContent ?? '')
      .join(' ')
      .trim();
    if (said) contentDOM.setAttribute('aria-description', said);
  });
  useEffect(() => {
    const editor = view.current!;
    if (editor.state.doc.toString() === text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text }, userEvent: 'set' });
  }, [text]);
  return <div ref={host} id={id} className="code" />;
}

/** Without the one that is being typed: it is a marker of the statement as well. */
function parametersFor(parameters: readonly string[], typed: string): SqlName[] {
  return parameters.filter((name) => name !== typed).map((name) => ({ label: name, apply: name, detail: 'parameter' }));
}

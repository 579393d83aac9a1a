import { autocompletion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { useEffect, useRef, useState } from 'react';
import { codeLook } from './code-look.ts';
import type { ExpressionEditorProps } from './expression-props.ts';
import { insertTarget } from './insert-target.ts';
import { jsonataLanguage } from './jsonata-language.ts';

/** As long as the engine reads an expression. */
const MAX_LENGTH = 32_768;

/** A text with expressions: names are completed, and an error is marked where it is. The document is the one that undoes. */
export default function ExpressionEditor(props: ExpressionEditorProps) {
  const { id, label, text, describedBy, isInvalid, isDisabled, isWhole, problem } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const [refused, setRefused] = useState<string>();
  useEffect(() => {
    // In a shadow tree the editor brings its styles without a style element, which the content security policy forbids.
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: 'open' });
    const complete = async (context: CompletionContext): Promise<CompletionResult | null> => {
      const found = await latest.current.complete(context.state.doc.toString(), context.pos, context.explicit);
      if (found === undefined || context.aborted) return null;
      const options = found.options.map(({ label, apply, detail, info, kind }) => ({
        label,
        apply,
        // Between name and detail, which a screen reader reads as one.
        detail: ` ${detail}`,
        type: kind,
        boost: kind === 'data' ? 1 : 0,
        ...(info === undefined ? {} : { info }),
      }));
      return { from: found.from, options, validFor: /^[\w$]*$/ };
    };
    const editor = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: latest.current.text,
        extensions: [
          jsonataLanguage(isWhole),
          bracketMatching(),
          codeLook,
          EditorView.theme({ '.cm-content': { minHeight: isWhole ? '0' : '3.5rem' } }),
          autocompletion({ override: [complete], icons: false, interactionDelay: 0 }),
          keymap.of(defaultKeymap),
          EditorView.lineWrapping,
          EditorState.readOnly.of(isDisabled),
          EditorView.editable.of(!isDisabled),
          EditorState.transactionFilter.of((transaction) => {
            const { length } = transaction.newDoc;
            const isOurs = transaction.isUserEvent('set') || !transaction.docChanged;
            if (isOurs || length <= MAX_LENGTH || length < transaction.startState.doc.length) return transaction;
            const what = `It would have ${length.toLocaleString()} characters; at most ${MAX_LENGTH.toLocaleString()} are read.`;
            queueMicrotask(() => setRefused(`${what} Nothing was inserted.`));
            return [];
          }),
          EditorView.updateListener.of((update) => {
            if (update.focusChanged && update.view.hasFocus) insertTarget.set(target);
            if (!update.docChanged || update.transactions.some((each) => each.isUserEvent('set'))) return;
            setRefused(undefined);
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
        const isInside = isWhole || latest.current.isInside(editor.state.doc.toString(), main.from);
        const insert = isInside ? expression : `{{ ${expression} }}`;
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
  }, [isDisabled, isWhole]);
  useEffect(() => {
    const { contentDOM } = view.current!;
    contentDOM.setAttribute('aria-label', label);
    if (isInvalid || problem !== undefined) contentDOM.setAttribute('aria-invalid', 'true');
    else contentDOM.removeAttribute('aria-invalid');
    // What describes it is outside of the shadow tree, where ids do not reach.
    const said = describedBy
      ?.split(' ')
      .map((each) => document.getElementById(each)?.textContent ?? '')
      .join(' ')
      .trim();
    if (said) contentDOM.setAttribute('aria-description', said);
    else contentDOM.removeAttribute('aria-description');
  });
  useEffect(() => {
    const editor = view.current!;
    if (editor.state.doc.toString() === text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text }, userEvent: 'set' });
  }, [text]);
  useEffect(() => {
    const editor = view.current!;
    const { length } = editor.state.doc;
    const to = Math.min(problem?.to ?? 0, length);
    const from = Math.min(Math.max(problem?.from ?? 0, 0), Math.max(to - 1, 0));
    const found = problem === undefined ? [] : [{ from, to, severity: 'error' as const, message: problem.message }];
    editor.dispatch(setDiagnostics(editor.state, found));
  }, [problem]);
  return (
    <>
      <div ref={host} id={id} className="code" />
      {refused !== undefined && (
        <p className="field-error" role="alert">
          {refused}
        </p>
      )}
    </>
  );
}

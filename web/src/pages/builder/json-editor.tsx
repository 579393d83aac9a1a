import { defaultKeymap } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { bracketMatching } from '@codemirror/language';
import { linter } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef, useState } from 'react';

import { readJson } from '../../builder/transfer.ts';
import { isSame, stringifyExact } from '../../data/json.ts';
import { codeLook } from './code-look.ts';

interface JsonEditorProps {
  /** The accessible name. */
  label: string;
  value: unknown;
  /** Called with every text that is JSON. */
  onChange(value: unknown): void;
  isReadOnly?: boolean;
}

/** JSON with line numbers and the place of a mistake. The document is the one that undoes; the editor has no history. */
export default function JsonEditor({ label, value, onChange, isReadOnly = false }: JsonEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef({ value, onChange });
  latest.current.onChange = onChange;
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    // In a shadow tree the editor brings its styles without a style element, which the content security policy forbids.
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: 'open' });
    const editor = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: textOf(latest.current.value),
        extensions: [
          lineNumbers(),
          json(),
          bracketMatching(),
          codeLook,
          EditorView.theme({ '.cm-content': { minHeight: '6rem' } }),
          linter(jsonParseLinter()),
          keymap.of(defaultKeymap),
          EditorView.lineWrapping,
          EditorState.readOnly.of(isReadOnly),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged || update.transactions.some((each) => each.isUserEvent('set'))) return;
            const read = readJson(update.state.doc.toString());
            setProblem('problem' in read ? read.problem : undefined);
            if ('problem' in read) return;
            latest.current.value = read.value;
            latest.current.onChange(read.value);
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label, isReadOnly]);
  useEffect(() => {
    if (isSame(latest.current.value, value)) return;
    latest.current.value = value;
    setProblem(undefined);
    const editor = view.current!;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: textOf(value) }, userEvent: 'set' });
  }, [value]);
  return (
    <div className="field">
      <div ref={host} className="code" />
      {problem !== undefined && (
        <p className="field-error" role="status">
          {problem} The last text that was JSON is kept.
        </p>
      )}
    </div>
  );
}

function textOf(value: unknown): string {
  return value === undefined ? '' : stringifyExact(value, 2);
}

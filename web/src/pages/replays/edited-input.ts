import { useEffect, useState } from 'react';
import { parseExact, stringifyExact } from '../../data/json.ts';
import { below } from '../../data/pointer.ts';

/** What the API shows in place of a secret. */
const SECRET = '[secret]';
const TYPING_MS = 400;

/** An input that a person edits: its text, and what is sent of it or why it cannot be. */
export interface EditedInput {
  text: string;
  setText(text: string): void;
  input?: Record<string, unknown>;
  error?: string;
  /** The text changed a moment ago; `input` follows. */
  isTyping: boolean;
}

/** The recorded input of a run as a text to edit, with all digits of its numbers. */
export function useEditedInput(recorded: unknown): EditedInput {
  const [text, setText] = useState<string>();
  const typed = useLater(text);
  const shown = text ?? stringifyExact(recorded ?? {}, 2);
  return { text: shown, setText, isTyping: text !== typed, ...readInput(typed ?? shown) };
}

function readInput(text: string): Pick<EditedInput, 'input' | 'error'> {
  let input: unknown;
  try {
    input = parseExact(text);
  } catch (error) {
    return { error: `It is not JSON: ${(error as Error).message}.` };
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { error: 'It must be a JSON object: {"name": "value"}.' };
  }
  const secret = placeOfSecret(input);
  if (secret !== undefined) {
    return { error: `A secret is not shown here. Type its value in place of "${SECRET}" at ${secret}.` };
  }
  return { input: input as Record<string, unknown> };
}

/** Where the first placeholder of a secret stands, as a JSON pointer: sent back, it would replace the secret. */
function placeOfSecret(value: unknown, pointer = ''): string | undefined {
  if (value === SECRET) return pointer === '' ? '/' : pointer;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const found = placeOfSecret(child, below(pointer, key));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A value once it has stayed the same for a moment. */
function useLater<Value>(value: Value): Value {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), TYPING_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return later;
}

import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { ApiError } from './api-error.ts';
import { stringifyExact } from './json.ts';

interface Sent {
  input: string;
  key: string;
}

/**
 * A request that changes something. Sent again after an error without an answer, it bears the same Idempotency-Key, so that the
 * server does it once; another input, or an answer, starts over with a new key.
 *
 *   const cancel = useAct((id: string, headers) => ask(cancelRun({ path: { id }, headers })));
 */
export function useAct<Input, Result>(
  send: (input: Input, headers: { 'Idempotency-Key': string }) => Promise<Result>,
  then?: (result: Result, input: Input) => unknown,
): UseMutationResult<Result, Error, Input> {
  const last = useRef<Sent | undefined>(undefined);
  return useMutation({
    async mutationFn(input: Input) {
      const text = stringifyExact(input) ?? '';
      if (last.current?.input !== text) last.current = { input: text, key: newKey() };
      try {
        const result = await send(input, { 'Idempotency-Key': last.current.key });
        last.current = undefined;
        return result;
      } catch (error) {
        if (error instanceof ApiError && error.status >= 400 && error.status < 500) last.current = undefined;
        throw error;
      }
    },
    onSuccess: then,
    // What was sent or answered may be a secret: nothing of it stays after the dialog.
    gcTime: 0,
  });
}

/** `crypto.randomUUID` is not there on plain HTTP. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
